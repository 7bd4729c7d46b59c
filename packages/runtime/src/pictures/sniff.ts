import { failure } from '../errors.ts';

/** The media types of pictures that are taken. */
const pictureTypes: readonly string[] = ['image/jpeg', 'image/png', 'image/webp'];

const LONGEST = 12;
/** How files begin, a character a byte; those of formats that are not taken only help to say so. */
const starts: readonly (readonly [type: string, start: RegExp])[] = [
  ['image/jpeg', /^\xff\xd8\xff/],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are in the signature, to show damage by transfer.
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/webp', /^RIFF.{4}WEBP/s],
  ['image/gif', /^GIF8/],
  ['image/bmp', /^BM/],
  ['image/avif', /^.{4}ftypavif/s],
  ['image/heic', /^.{4}ftyp(?:heic|heix|mif1)/s],
  ['image/tiff', /^(?:II\*|MM\0\*)/],
];

/**
 * Lets only JPEG, PNG and WebP pass, told by their first bytes: the decoder knows formats that draw text, read
 * files and run for long. Throws `UnsupportedMediaType`; `what` says which picture it is.
 */
export function checkPictureType(bytes: Uint8Array, what: string): void {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(LONGEST, bytes.length)).toString(
    'latin1',
  );
  const found = starts.find(([, start]) => start.test(head))?.[0];
  if (found !== undefined && pictureTypes.includes(found)) return;
  throw failure(
    'UnsupportedMediaType',
    `${what} is ${found ?? 'no picture of a known format'}; ${pictureTypes.join(', ')} are taken`,
  );
}
