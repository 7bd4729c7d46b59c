import { type Clock, every, type Stop } from '@skerry/kit';
import type { Call, ThreadBoard } from './thread-board.ts';

/** How often threads are looked at, ms. */
const LOOK_MS = 250;

/**
 * Calls `onHung`, once a thread, when a call goes on for longer than `limitMs` of it. Looks are counted, not time: a
 * process that was stopped for a while is not hung.
 */
export function watchdog<Thread extends { readonly handle: { readonly board: ThreadBoard } }>(
  clock: Clock,
  threads: ReadonlySet<Thread>,
  limitMs: (call: Call) => number,
  onHung: (thread: Thread, call: Call) => void,
): Stop {
  const seen = new WeakMap<Thread, { since: number; looks: number }>();
  const look = (thread: Thread) => {
    const call = thread.handle.board.running();
    const before = seen.get(thread);
    if (!call) return void seen.delete(thread);
    const looks = before?.since === call.since ? before.looks + 1 : 0;
    seen.set(thread, { since: call.since, looks });
    if (looks * LOOK_MS > limitMs(call)) onHung(thread, call);
  };
  return every(clock, LOOK_MS, () => {
    for (const thread of [...threads]) look(thread);
  });
}
