import { failure } from '../errors.ts';
import type { LatencyTable } from './latency-table.ts';
import type { Limits } from './limits.ts';
import { PLANNED_SHARE } from './patience.ts';
import type { ThreadBoard } from './thread-board.ts';
import type { VersionBoard } from './version-board.ts';

export interface AdmissionOptions {
  readonly name: string;
  readonly board: VersionBoard;
  readonly limits: Limits;
}

/** What is asked of an instance before it gets a request. */
export interface Prospect {
  readonly table: Pick<LatencyTable, 'aRequestAtMost' | 'lagUs' | 'patienceUs'>;
  readonly thread: Pick<ThreadBoard, 'workUs'>;
}

/**
 * Why a request is refused at once: the queue is full, or what waits already takes longer than the request can.
 * An idle instance refuses nothing: only by running does it learn that it has become quicker.
 *
 * @param timeoutUs  0 where it is not known, as before the body is read; then it is guessed from the requests before
 */
export function refusalOf(
  { name, board, limits }: AdmissionOptions,
  bytes: number,
  timeoutUs: number,
  prospect: Prospect | undefined,
): Error | undefined {
  const waitUs = prospect?.thread.workUs ?? 0;
  if (!board.hasRoom(bytes)) return overloaded(`${board.pending} requests wait for ${name} already`, waitUs);
  if (!prospect || waitUs === 0) return undefined;
  const { table } = prospect;
  const patienceUs = timeoutUs || table.patienceUs || limits.objectiveMs * 1000;
  if (waitUs + table.aRequestAtMost() + table.lagUs <= PLANNED_SHARE * patienceUs) return undefined;
  const ms = (us: number) => `${Math.ceil(us / 1000)} ms`;
  return overloaded(
    `model ${name} has work for ${ms(waitUs)}, and the request can wait for ${ms(patienceUs)} only`,
    waitUs,
  );
}

export const overloaded = (detail: string, waitUs: number) =>
  failure('Overloaded', detail, { fields: { retryAfterS: Math.max(1, Math.ceil(waitUs / 1e6)) } });
