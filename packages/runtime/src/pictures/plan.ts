import type { ImageInput } from '@skerry/contracts';
import { failure } from '../errors.ts';
import { shapeText, type TensorSpec } from '../tensors/tensor.ts';
import type { Size } from './placement.ts';

/** How pictures become the tensor of one input. */
export interface PicturePlan {
  readonly input: TensorSpec;
  readonly image: ImageInput;
  readonly channels: NonNullable<ImageInput['channels']>;
  /** Whether each channel stands in a plane of its own. */
  readonly isPlanar: boolean;
  /** Whether the first axis counts pictures; else the model takes one. */
  readonly isBatched: boolean;
  /** What a picture is resized to; undefined for its own size. */
  readonly size: Size | undefined;
  /** What the model sees of that; undefined for all of it. */
  readonly canvas: Size | undefined;
  /** Shape of the tensor for `count` pictures on such a canvas. */
  shape(count: number, canvas: Size): number[];
}

type Axis = 'batch' | 'channel' | 'height' | 'width' | 'all';
type Form = readonly Axis[];

const forms: readonly Form[] = [
  ['batch', 'channel', 'height', 'width'],
  ['batch', 'height', 'width', 'channel'],
  ['channel', 'height', 'width'],
  ['height', 'width', 'channel'],
  ['batch', 'height', 'width'],
  ['batch', 'all'],
];
const datatypes = ['FP32', 'FP16', 'UINT8', 'INT8'];

/** Throws `InvalidFile` when an input cannot take pictures, or not such ones. */
export function planOf(input: TensorSpec, image: ImageInput): PicturePlan {
  if (!datatypes.includes(input.datatype))
    throw unfit(input, `makes ${datatypes.join(', ')} of a picture, but the input is ${input.datatype}`);
  const form = formOf(input, image);
  const channels = channelsOf(input, image, form);
  const depth = channels === 'gray' ? 1 : 3;
  const given = image.size && { height: image.size[0], width: image.size[1] };
  const canvas = form.includes('all') ? flatCanvas(input, given, depth) : canvasOf(input, form, given);
  if (given && canvas && (given.width < canvas.width || given.height < canvas.height))
    throw unfit(input, `has size [${image.size}], but the input ${shapeText(input.shape)} needs more`);
  return {
    input,
    image,
    channels,
    isPlanar: form.indexOf('channel') < form.indexOf('height'),
    isBatched: form[0] === 'batch',
    size: given ?? canvas,
    canvas,
    shape(count, { width, height }) {
      const sizes = { batch: count, channel: depth, height, width, all: depth * height * width };
      return form.map((axis) => sizes[axis]);
    },
  };
}

function formOf(input: TensorSpec, { layout, channels }: ImageInput): Form {
  const depths = channels === undefined ? [1, 3] : [channels === 'gray' ? 1 : 3];
  const isGray = depths.includes(1);
  const possible = forms.filter((form) => {
    const channel = form.indexOf('channel');
    if (form.length !== input.shape.length) return false;
    if (channel === -1) return form.includes('all') || isGray;
    if (layout && (layout === 'nchw') !== channel < form.indexOf('height')) return false;
    return depths.includes(input.shape[channel]!) || (form.includes('batch') && input.shape[channel] === -1);
  });
  const sure = possible.find((form) => depths.includes(input.shape[form.indexOf('channel')]!));
  const found = sure ?? possible[0];
  if (found) return found;
  const what = `${channels ?? 'rgb or gray'} pictures${layout ? ` as ${layout}` : ''}`;
  throw unfit(input, `is for ${what}, which the input ${shapeText(input.shape)} does not take`);
}

function channelsOf(input: TensorSpec, image: ImageInput, form: Form): PicturePlan['channels'] {
  const isGray = form.includes('height') && (input.shape[form.indexOf('channel')] ?? 1) === 1;
  const channels = image.channels ?? (isGray ? 'gray' : 'rgb');
  if (channels === 'gray' && (image.mean.length > 1 || image.std.length > 1))
    throw unfit(input, 'has three numbers in mean or std, but gray pictures have one channel');
  return channels;
}

function canvasOf(input: TensorSpec, form: Form, given: Size | undefined): Size | undefined {
  const sideOf = (axis: 'height' | 'width') => {
    const size = input.shape[form.indexOf(axis)]!;
    return size === -1 ? given?.[axis] : size;
  };
  const height = sideOf('height');
  const width = sideOf('width');
  if (height === undefined && width === undefined) return undefined;
  if (height !== undefined && width !== undefined) return { height, width };
  throw unfit(input, `needs size, since the input ${shapeText(input.shape)} leaves one side free`);
}

function flatCanvas(input: TensorSpec, given: Size | undefined, depth: number): Size {
  if (!given) throw unfit(input, `needs size, since the input ${shapeText(input.shape)} shows no sides`);
  const count = given.height * given.width * depth;
  if (input.shape[1] === -1 || input.shape[1] === count) return given;
  throw unfit(input, `makes ${count} values of a picture, but the input is ${shapeText(input.shape)}`);
}

const unfit = ({ name }: TensorSpec, why: string) =>
  failure('InvalidFile', `model.yaml: spec.inputs.${name}.image ${why}`);
