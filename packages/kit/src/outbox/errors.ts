import { isSkerryError, SkerryError } from '../errors.ts';
import { MAX_MESSAGE_BYTES } from './outbox.ts';

export const messageTooLarge = (bytes: number) =>
  new SkerryError({
    code: 'MessageTooLarge',
    detail: `a message of ${bytes} bytes is over the limit of ${MAX_MESSAGE_BYTES}`,
    next: 'Send less in one message; keep large inputs as samples of a smaller size.',
    status: 413,
    fields: { bytes, limit: MAX_MESSAGE_BYTES },
  });

export const outboxFull = (why: string, cause?: unknown) =>
  new SkerryError({
    code: 'OutboxFull',
    detail: `the message was not kept: ${why}`,
    next: 'Send it again later. Space comes back as the hub acknowledges; or raise the quota of the outbox.',
    status: 503,
    cause,
  });

export const outboxClosed = () =>
  new SkerryError({
    code: 'Unavailable',
    detail: 'the message was not kept: the process is stopping',
    next: 'Send it again when the process is back.',
    status: 503,
  });

/** What a source is told of an error of the disk. */
export const toldOf = (error: unknown) =>
  isSkerryError(error, 'DiskFull') ? outboxFull('the disk is full', error) : error;
