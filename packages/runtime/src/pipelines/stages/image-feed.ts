import { failure } from '../../errors.ts';
import { newData, shapeText, type Tensor, type TensorSpec } from '../../tensors/tensor.ts';
import type { Image } from '../frame.ts';

/**
 * An image as a batch of one for a model's input: channels first or last, as the input's shape says; every value
 * multiplied with `scale`. Throws `FrameInvalid` when the input takes no such image.
 */
export function imageFeed(spec: TensorSpec, image: Image, scale: number): Tensor {
  const { datatype } = spec;
  const { shape, channelsFirst } = layoutOf(spec, image);
  if (datatype === 'BYTES' || datatype === 'BOOL' || datatype === 'INT64' || datatype === 'UINT64')
    throw noImage(spec, image);
  const data = newData(datatype, image.height * image.width * image.channels) as Float32Array;
  if (channelsFirst && image.channels > 1) fillPlanes(data, image, scale);
  else for (let i = 0; i < data.length; i++) data[i] = image.values[i]! * scale;
  return { datatype, shape, data };
}

function fillPlanes(data: Float32Array, { height, width, channels, values }: Image, scale: number): void {
  const area = height * width;
  for (let channel = 0; channel < channels; channel++)
    for (let i = 0; i < area; i++) data[channel * area + i] = values[i * channels + channel]! * scale;
}

function layoutOf(spec: TensorSpec, image: Image): { shape: number[]; channelsFirst: boolean } {
  const { height, width, channels } = image;
  const batched = [
    { shape: [1, channels, height, width], channelsFirst: true },
    { shape: [1, height, width, channels], channelsFirst: false },
    { shape: [1, height, width], channelsFirst: false },
    { shape: [1, height * width * channels], channelsFirst: false },
  ];
  const single = [
    { shape: [channels, height, width], channelsFirst: true },
    { shape: [height, width, channels], channelsFirst: false },
    { shape: [height * width * channels], channelsFirst: false },
  ];
  const found = [...batched, ...single].find(({ shape }) => fits(spec.shape, shape));
  if (!found) throw noImage(spec, image);
  return found;
}

const fits = (wanted: readonly number[], actual: readonly number[]) =>
  wanted.length === actual.length && wanted.every((size, axis) => size === -1 || size === actual[axis]);

const noImage = ({ name, datatype, shape }: TensorSpec, { height, width, channels }: Image) =>
  failure(
    'FrameInvalid',
    `decode gives ${height}×${width} pixels of ${channels}, which the input ${name} (${datatype} ${shapeText(shape)}) does not take`,
  );
