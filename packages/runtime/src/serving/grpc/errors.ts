import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { isSkerryError, type Logger, type SkerryError } from '@skerry/kit';
import { failure } from '../../errors.ts';

export type GrpcStatus = Pick<StatusObject, 'code' | 'details'> & { readonly metadata: Metadata };

const INTERNAL = 13;

/** Codes of gRPC (google.rpc.Code) by the HTTP status that the same error has over REST. */
const codeOfStatus: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  409: 9,
  412: 9,
  413: 8,
  415: 3,
  429: 8,
  501: 12,
  503: 14,
  504: 4,
  507: 8,
};

/**
 * What a call ends with: the sentence that REST has, and in the trailing metadata `skerry-code`, which
 * `skerry explain` knows. One that may be tried again says after how long (gRPC A6). What is not ours is a defect:
 * logged, and INTERNAL.
 */
export type StatusOf = (error: unknown) => GrpcStatus;

export function statusWriter(logger: Logger): StatusOf {
  const statusOf = ({ status, code, detail, fields }: SkerryError): GrpcStatus => {
    const metadata = new Metadata();
    metadata.set('skerry-code', code);
    if (status === 503)
      metadata.set('grpc-retry-pushback-ms', String(Number(fields.retryAfterS ?? 1) * 1000));
    return { code: codeOfStatus[status] ?? INTERNAL, details: detail, metadata };
  };
  return (error) => {
    if (isSkerryError(error)) return statusOf(error);
    logger.error('a call failed unexpectedly', { error });
    return statusOf(failure('Internal', 'something broke inside; see the log of the runtime'));
  };
}
