import type { ImageInput } from '@skerry/contracts';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where a picture comes to lie on the canvas that a model sees. */
export interface Placement {
  readonly original: Size;
  /** What the picture is resized to. */
  readonly resized: Size;
  readonly canvas: Size;
  /** Of the resized picture's corner on the canvas; below 0 where it hangs over. */
  readonly left: number;
  readonly top: number;
}

/**
 * Resizes a picture to `size` in the way asked for, and centres it on `canvas`. Both are the picture's own size
 * where undefined.
 */
export function place(
  original: Size,
  resize: ImageInput['resize'],
  size: Size = original,
  canvas: Size = size,
): Placement {
  const resized = resizedSize(original, resize, size);
  return {
    original,
    resized,
    canvas,
    left: Math.floor((canvas.width - resized.width) / 2),
    top: Math.floor((canvas.height - resized.height) / 2),
  };
}

function resizedSize(original: Size, resize: ImageInput['resize'], size: Size): Size {
  if (resize === 'none') return original;
  if (resize === 'fill') return size;
  const across = size.width / original.width;
  const down = size.height / original.height;
  const scale = resize === 'cover' ? Math.max(across, down) : Math.min(across, down);
  return {
    width: Math.max(1, Math.round(original.width * scale)),
    height: Math.max(1, Math.round(original.height * scale)),
  };
}

/** The place in the original picture of a point of the canvas, never outside it. */
export function toOriginal(
  { original, resized, left, top }: Placement,
  x: number,
  y: number,
): readonly [x: number, y: number] {
  return [
    clamp(((x - left) * original.width) / resized.width, original.width),
    clamp(((y - top) * original.height) / resized.height, original.height),
  ];
}

const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), most);
