import { isSkerryError } from '@skerry/kit';
import type { Metadata, Sharp } from 'sharp';
import { failure } from '../errors.ts';
import type { Pixels } from './pixels.ts';
import { type Placement, place, type Size } from './placement.ts';
import type { PicturePlan } from './plan.ts';
import { checkPictureType } from './sniff.ts';

/** A picture has at most so many pixels, before and after it is resized. */
export const MAX_PIXELS = 64 * 1024 * 1024;
/** And one that is no use before it is in memory as a whole, at up to eight bytes a pixel. */
const MAX_PIXELS_AT_ONCE = 16 * 1024 * 1024;
const MAX_SIDE = 65_535;
const MAX_SECONDS = 10;

/** A picture on its canvas. */
export interface Picture {
  readonly pixels: Pixels;
  readonly placement: Placement;
}

/**
 * Width and height of a picture held upright, from its head alone.
 * Throws `UnsupportedMediaType`, `PictureTooLarge`, `PictureInvalid`; `what` is what errors call the picture.
 */
export function pictureSize(bytes: Uint8Array, what: string): Promise<Size> {
  return withDecoder(bytes, what, (decoder) => sizeOf(decoder, what));
}

/**
 * Decodes one picture as the plan says: upright as its EXIF data want it, the first frame where it has several,
 * 8 bits a channel. Throws as {@link pictureSize} does, and `InvalidTensor` when it does not come to lie on `canvas`.
 */
export function openPicture(
  plan: PicturePlan,
  canvas: Size,
  bytes: Uint8Array,
  what: string,
): Promise<Picture> {
  return withDecoder(bytes, what, async (decoder) => {
    const original = await sizeOf(decoder, what);
    const placement = place(original, plan.image.resize, plan.size, plan.canvas);
    checkPixels(placement.resized, `${what}, resized as model.yaml says,`);
    const { width, height } = placement.canvas;
    if (width !== canvas.width || height !== canvas.height)
      throw failure(
        'InvalidTensor',
        `${what} has ${width}×${height} pixels, the first one ${canvas.width}×${canvas.height}; send pictures of different sizes one by one`,
      );
    return { pixels: await pixelsOf(decoder, plan, placement), placement };
  });
}

async function withDecoder<T>(bytes: Uint8Array, what: string, use: (decoder: Sharp) => Promise<T>) {
  checkPictureType(bytes, what);
  const { default: sharp } = await import('./decoder.ts');
  try {
    // The pixels are counted before any is decoded, in checkPixels.
    return await use(sharp(bytes, { autoOrient: true, failOn: 'error', limitInputPixels: false }));
  } catch (cause) {
    if (isSkerryError(cause)) throw cause;
    const said = (cause as Error).message.replaceAll(/\s+/g, ' ');
    const why = said === 'Unknown error' ? 'its data are damaged' : said;
    throw failure('PictureInvalid', `${what} cannot be decoded: ${why}`, { cause });
  }
}

async function sizeOf(decoder: Sharp, what: string): Promise<Size> {
  const metadata = await decoder.metadata();
  checkPixels(metadata.autoOrient, what, isStreamed(metadata) ? MAX_PIXELS : MAX_PIXELS_AT_ONCE);
  return metadata.autoOrient;
}

// JPEG is turned after it was made smaller; everything else, and what comes in passes, is held first.
const isStreamed = ({ format, isProgressive, orientation = 1 }: Metadata) =>
  !isProgressive && (format === 'jpeg' || orientation === 1);

function checkPixels({ width, height }: Size, what: string, most = MAX_PIXELS): void {
  if (width * height > most)
    throw failure('PictureTooLarge', `${what} has ${width}×${height} pixels; ${most} is the limit`);
  if (Math.max(width, height) > MAX_SIDE)
    throw failure(
      'PictureTooLarge',
      `${what} has ${width}×${height} pixels; ${MAX_SIDE} a side is the limit`,
    );
}

async function pixelsOf(decoder: Sharp, { image }: PicturePlan, placement: Placement): Promise<Pixels> {
  const [r, g, b] = image.background;
  const background = { r, g, b };
  const { original, resized } = placement;
  if (resized.width !== original.width || resized.height !== original.height)
    decoder.resize(resized.width, resized.height, { fit: 'fill', kernel: 'linear' });
  cutOut(decoder, placement);
  const { data, info } = await surround(decoder, placement, background)
    .flatten({ background })
    .toColourspace('srgb')
    .timeout({ seconds: MAX_SECONDS })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, channels: info.channels === 1 ? 1 : 3 };
}

function cutOut(decoder: Sharp, { resized, canvas, left, top }: Placement): void {
  if (resized.width <= canvas.width && resized.height <= canvas.height) return;
  decoder.extract({
    left: Math.max(0, -left),
    top: Math.max(0, -top),
    width: Math.min(resized.width, canvas.width),
    height: Math.min(resized.height, canvas.height),
  });
}

function surround(decoder: Sharp, { resized, canvas, left, top }: Placement, background: object): Sharp {
  if (resized.width >= canvas.width && resized.height >= canvas.height) return decoder;
  return decoder.extend({
    left: Math.max(0, left),
    top: Math.max(0, top),
    right: Math.max(0, canvas.width - resized.width - left),
    bottom: Math.max(0, canvas.height - resized.height - top),
    background,
  });
}
