import type { UpKind } from '@skerry/contracts';
import type { Asking } from './asking.ts';

/** Bytes that may wait; more than that, and the hub has long stopped taking them. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const DEADLINE_MS = 60_000;

export interface Outgoing {
  /** False when too much waits. */
  send(kind: UpKind, payload: Uint8Array): boolean;
}

/** Posts messages in order, one at a time, each numbered, so that the hub knows a repeat. */
export function outgoing(
  asking: Asking,
  path: string,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): Outgoing {
  let waitingBytes = 0;
  let numbered = 0;
  let last = Promise.resolve();

  const post = async (n: number, kind: UpKind, body: Uint8Array) => {
    if (signal.aborted) return;
    const question = { method: 'POST', path: `${path}/up/${kind}?n=${n}`, body, deadlineMs: DEADLINE_MS };
    try {
      await asking.untilAnswered(() => question, signal);
    } catch (error) {
      onFailure(error);
    } finally {
      waitingBytes -= body.length;
    }
  };

  return {
    send(kind, payload) {
      if (waitingBytes + payload.length > MAX_WAITING_BYTES) return false;
      waitingBytes += payload.length;
      const n = ++numbered;
      last = last.then(() => post(n, kind, payload));
      return true;
    },
  };
}
