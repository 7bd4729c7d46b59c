import { failure } from '../../errors.ts';
import type { Head } from '../../http/head.ts';

/** `Inference-Header-Content-Length`; undefined where there is none. Throws `InvalidRequest`. */
export function headerLengthOf({ jsonLength }: Head): number | undefined {
  if (jsonLength === undefined) return undefined;
  const length = /^\d{1,15}$/.test(jsonLength) ? Number(jsonLength) : Number.NaN;
  if (Number.isNaN(length))
    throw failure(
      'InvalidRequest',
      `Inference-Header-Content-Length must be the number of bytes of the JSON, not ${jsonLength.slice(0, 40)}`,
    );
  return length;
}

/**
 * Media type of the body, without parameters, lower case. Clients of the protocol call JSON by many names, or by none,
 * so that only what certainly is something else is refused. Throws `UnsupportedMediaType`.
 */
export function mediaOf({ contentType }: Head): string {
  if (contentType === undefined || contentType === 'application/json') return 'application/json';
  const media = contentType.split(';', 1)[0]!.trim().toLowerCase();
  if (!foreign.test(media)) return media;
  throw failure(
    'UnsupportedMediaType',
    `bodies of type ${media.slice(0, 80)} are not read here; send application/json, application/octet-stream, or a picture as image/jpeg, image/png or image/webp`,
  );
}

const foreign = /^(multipart|audio|video|font|model|message)\/|[/+]xml$|^text\/(html|csv)$/;
