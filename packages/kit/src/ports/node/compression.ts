import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { SkerryError } from '../../errors.ts';
import type { Compression } from '../compression.ts';

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(gunzip);

export function nodeCompression(): Compression {
  return {
    gzip: (bytes) => gzipAsync(bytes),
    async gunzip(bytes, maxBytes) {
      try {
        return await gunzipAsync(bytes, { maxOutputLength: maxBytes });
      } catch (error) {
        throw tooLarge(error) ? bodyTooLarge(maxBytes, error) : compressionInvalid(error);
      }
    },
  };
}

const tooLarge = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';

const bodyTooLarge = (maxBytes: number, cause: unknown) =>
  new SkerryError({
    code: 'PayloadTooLarge',
    detail: `compressed data holds more than ${maxBytes} bytes`,
    next: 'Send it in smaller parts.',
    status: 413,
    cause,
  });

const compressionInvalid = (cause: unknown) =>
  new SkerryError({
    code: 'InvalidRequest',
    detail: 'compressed data is damaged or not gzip',
    next: 'Send it again; check that the content encoding says what the body is.',
    status: 400,
    cause,
  });
