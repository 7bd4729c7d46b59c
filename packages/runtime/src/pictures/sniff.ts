import { failure } from '../errors.ts';

/** The media types of pictures that are taken. */
export const pictureTypes = ['image/jpeg', 'image/png', 'image/webp'] as const;

const ascii = (text: string) => Array.from(text, (char) => char.charCodeAt(0));
const starts: readonly (readonly [type: string, at: number, bytes: readonly number[]])[] = [
  ['image/jpeg', 0, [0xff, 0xd8, 0xff]],
  ['image/png', 0, [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a]],
  ['image/webp', 8, ascii('WEBP')],
  ['image/gif', 0, ascii('GIF8')],
  ['image/bmp', 0, ascii('BM')],
  ['image/avif', 4, ascii('ftypavif')],
  ['image/heic', 4, ascii('ftyphei')],
  ['image/tiff', 0, ascii('II*\0')],
  ['image/tiff', 0, ascii('MM\0*')],
];

/**
 * Lets only JPEG, PNG and WebP pass, told by their first bytes: the decoder knows formats that draw text, read
 * files and run for long. Throws `UnsupportedMediaType`; `what` says which picture it is.
 */
export function checkPictureType(bytes: Uint8Array, what: string): void {
  const found = starts.find(([, at, start]) => start.every((byte, i) => bytes[at + i] === byte))?.[0];
  if (pictureTypes.includes(found as never)) return;
  throw failure(
    'UnsupportedMediaType',
    `${what} is ${found ?? 'no picture of a known format'}; ${pictureTypes.join(', ')} are taken`,
  );
}
