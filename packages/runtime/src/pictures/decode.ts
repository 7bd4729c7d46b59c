import { failure } from '../errors.ts';
import type { Signature } from '../serving/signature.ts';
import { elementCount, newData, shapeText, type Tensor, type TensorSpec } from '../tensors/tensor.ts';
import { openPicture, type Picture, pictureSize } from './open-picture.ts';
import { type Elements, fillPixels, tablesOf } from './pixels.ts';
import type { Placement } from './placement.ts';
import { type PicturePlan, planOf } from './plan.ts';

/** Bytes of one decoded tensor, at most: many small files can become a tensor that fills the memory. */
const MAX_BYTES = 512 * 1024 * 1024;

/** Of one request: they are decoded before any other work of their model goes on. */
const MAX_PICTURES = 256;

/** Feeds without encoded pictures, and where the pictures of each row came to lie. */
export interface Decoded {
  readonly feeds: readonly Tensor[];
  /** A place a row, of the first input that held pictures. */
  readonly placements: readonly Placement[];
}

/**
 * Puts decoded tensors in the place of BYTES that hold pictures (see `isPictureInput`), of shape `[n]` or `[n,1]`.
 * Elements that are text are read as base64.
 * Throws `InvalidTensor`, `UnsupportedMediaType`, `PictureTooLarge`, `PictureInvalid`.
 */
export async function decodePictures(model: Signature, feeds: readonly Tensor[]): Promise<Decoded> {
  const decoded = [...feeds];
  let placements: readonly Placement[] = [];
  for (const [slot, input] of model.inputs.entries()) {
    const image = model.spec.inputs[input.name]?.image;
    const feed = feeds[slot]!;
    if (!image || feed.datatype !== 'BYTES') continue;
    const made = await decodeFeed(planOf(input, image), feed);
    decoded[slot] = made.tensor;
    if (placements.length === 0) placements = made.placements;
  }
  return { feeds: decoded, placements };
}

async function decodeFeed(plan: PicturePlan, feed: Tensor) {
  const { name, datatype } = plan.input;
  checkCount(plan, feed);
  const files = (feed.data as readonly (string | Uint8Array)[]).map(bytesOf);
  const whatOf = (row: number) => `picture ${row} of input ${name}`;
  const canvas = plan.canvas ?? (await pictureSize(files[0]!, whatOf(0)));
  const shape = plan.shape(files.length, canvas);
  checkBytes(plan.input, shape);
  const pictures = await Promise.all(files.map((file, row) => openPicture(plan, canvas, file, whatOf(row))));
  const data = newData(datatype, elementCount(shape));
  fillPictures(plan, pictures, data as Elements | Float16Array);
  const tensor: Tensor = { datatype, shape, data };
  return { tensor, placements: pictures.map(({ placement }) => placement) };
}

function fillPictures(plan: PicturePlan, pictures: readonly Picture[], data: Elements | Float16Array): void {
  const isHalf = plan.input.datatype === 'FP16';
  const elements = isHalf ? new Uint16Array(data.buffer) : (data as Elements);
  const tables = tablesOf(plan);
  const each = elements.length / pictures.length;
  for (const [row, { pixels }] of pictures.entries()) fillPixels(plan, tables, pixels, elements, row * each);
}

const bytesOf = (file: string | Uint8Array) =>
  typeof file === 'string' ? Buffer.from(file, 'base64') : file;

function checkCount({ isBatched, input }: PicturePlan, { shape, data }: Tensor): void {
  if (data.length > MAX_PICTURES)
    throw failure(
      'InvalidTensor',
      `input ${input.name}: ${data.length} pictures; ${MAX_PICTURES} is the limit`,
    );
  const isList = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  const most = isBatched ? input.shape[0]! : 1;
  if (isList && data.length > 0 && (most === -1 || data.length === most)) return;
  const wanted = most === -1 ? '[n] or [n,1]' : `[${most}] or [${most},1]`;
  throw failure(
    'InvalidTensor',
    `input ${input.name}: pictures must have shape ${wanted}, not ${shapeText(shape)}`,
  );
}

function checkBytes({ name, datatype }: TensorSpec, shape: readonly number[]): void {
  const bytes = elementCount(shape) * (datatype === 'FP32' ? 4 : datatype === 'FP16' ? 2 : 1);
  if (bytes > MAX_BYTES)
    throw failure(
      'PictureTooLarge',
      `input ${name}: the pictures make a tensor ${shapeText(shape)} of ${bytes} bytes; ${MAX_BYTES} is the limit`,
    );
}
