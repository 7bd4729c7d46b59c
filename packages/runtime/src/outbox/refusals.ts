import { type StreamName, streamNames } from '@skerry/contracts';
import { isSkerryError } from '@skerry/kit';

/** Why messages are refused. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Whether what comes in is kept: from the first message that is refused until one is taken again, or would be. */
export interface Refusals {
  readonly current: Refusal | undefined;
  refused(stream: StreamName, error: unknown): void;
  taken(stream: StreamName): void;
  /** There is room for more, by the quota and on the disk. */
  roomCame(): void;
}

/** Refusals that are the outbox's or the disk's, and not the message's own fault. */
const ofRoom = ['OutboxFull', 'DiskFull'];
const counting = [...ofRoom, 'StorageFailed'];

export function refusals(): Refusals {
  let current: (Refusal & { readonly stream: StreamName }) | undefined;
  const isLessUrgent = (one: StreamName, other: StreamName) =>
    streamNames.indexOf(one) > streamNames.indexOf(other);
  return {
    get current() {
      return current && { code: current.code, message: `${current.stream}: ${current.message}` };
    },
    refused(stream, error) {
      if (!isSkerryError(error) || !counting.includes(error.code)) return;
      // That samples give way to what is more urgent is no trouble.
      if (stream === 'sample' && error.code === 'OutboxFull') return;
      if (current && isLessUrgent(stream, current.stream)) return;
      current = { stream, code: error.code, message: error.detail };
    },
    taken(stream) {
      // While there is room for what is more urgent alone, the rest is refused still.
      const mayBeRefused = current?.code === 'OutboxFull' && isLessUrgent(current.stream, stream);
      if (!mayBeRefused) current = undefined;
    },
    roomCame() {
      if (current && ofRoom.includes(current.code)) current = undefined;
    },
  };
}
