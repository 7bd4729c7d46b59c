import { type AnswerEncoding, acceptedEncoding, isEncoded } from '../../http/encoding.ts';
import type { Head } from '../../http/head.ts';
import type { WireBody } from '../wire.ts';
import { headerLengthOf, mediaOf } from './body-head.ts';

/** What the head of an inference says. */
export interface InferHead {
  /** Announced bytes of the body as it comes; 0 where it comes in chunks. */
  readonly length: number;
  readonly encoding: string | undefined;
  readonly body: Omit<WireBody, 'bytes'>;
  readonly reply: ReplyWishes;
}

/** How the answer is to be sent. */
export interface ReplyWishes {
  /** Whether to say where the time went: `Prefer: server-timing` (RFC 7240). */
  readonly timing: boolean;
  readonly encoding: AnswerEncoding | undefined;
}

/** Throws `InvalidRequest` and `UnsupportedMediaType`. */
export function inferHeadOf(head: Head): InferHead {
  const { contentLength = 0, contentEncoding, acceptEncoding, prefer } = head;
  return {
    length: contentLength,
    encoding: isEncoded(contentEncoding) ? contentEncoding : undefined,
    body: { headerLength: headerLengthOf(head), media: mediaOf(head) },
    reply: {
      timing: prefer?.toLowerCase().includes('server-timing') ?? false,
      encoding: acceptEncoding === undefined ? undefined : acceptedEncoding(acceptEncoding),
    },
  };
}
