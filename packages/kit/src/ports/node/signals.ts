import type { Stop } from '../clock.ts';

/** SIGTERM or SIGINT calls `stop` once; a second one ends the process at once with 130. Returns how to unsubscribe. */
export function stopOnSignals(stop: (signal: NodeJS.Signals) => void): Stop {
  const signals: NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];
  let asked = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (asked) process.exit(130);
    asked = true;
    stop(signal);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
