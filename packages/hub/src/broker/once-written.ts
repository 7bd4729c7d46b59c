import type { Clock } from '@skerry/kit';

/** The broker writes it in its next turn and the socket in the one after, the first of which a timer may be ahead of. */
const TURNS = 3;

/** Runs it after what was published just now is out. */
export function onceWritten(clock: Pick<Clock, 'timer'>, run: () => void): void {
  const inTurns = (turns: number) => {
    clock.timer(0, turns === 1 ? run : () => inTurns(turns - 1));
  };
  inTurns(TURNS);
}
