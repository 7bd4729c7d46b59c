import type { Clock, Stop } from '@skerry/kit';
import { type Version, versionKey } from '../plan/model.ts';
import type { Verdicts } from './verdicts.ts';

/** A version that serves so long without the runtime's end is proven. */
export const trialMs = 60_000;
/** A version that takes others down with it is held back after so many ends, where nothing can stand in for it. */
const strikesWithoutFallback = 2;

export interface Suspect {
  readonly model: string;
  readonly version: Version;
}

/** Versions on probation: from their load until they are proven. The newest is the first to be suspected. */
export interface Trials {
  begin(model: string, version: Version): void;
  /** What serves now: begins the trial of what nobody tried yet. */
  see(serving: ReadonlyMap<string, Version>): void;
  /** The runtime ended and nobody knows why. The version that is held back for it, if any. */
  runtimeEnded(wanted: ReadonlySet<string>): Suspect | undefined;
  stop(): void;
}

export interface TrialsOptions {
  readonly clock: Clock;
  readonly verdicts: Verdicts;
  readonly onProven: () => void;
}

export function trials({ clock, verdicts, onProven }: TrialsOptions): Trials {
  /** In the order in which they began. */
  const onTrial = new Map<string, Suspect & { stop: Stop }>();
  const strikes = new Map<string, number>();

  const drop = (model: string) => {
    onTrial.get(model)?.stop();
    onTrial.delete(model);
  };

  const begin = (model: string, version: Version) => {
    drop(model);
    if (verdicts.proven.get(model)?.digest === version.digest) return;
    const stop = clock.timer(trialMs, () => {
      drop(model);
      strikes.delete(versionKey(model, version.digest));
      verdicts.prove(model, version);
      onProven();
    });
    onTrial.set(model, { model, version, stop });
  };

  /** Holding a version back must leave more that serves than letting it try again. */
  const isWorthwhile = ({ model, version }: Suspect, wanted: ReadonlySet<string>, strike: number) => {
    const fallback = verdicts.proven.get(model);
    if (fallback && fallback.digest !== version.digest) return true;
    return strike >= strikesWithoutFallback && [...wanted].some((other) => other !== model);
  };

  return {
    begin,
    see(serving) {
      for (const [model, version] of serving)
        if (onTrial.get(model)?.version.digest !== version.digest) begin(model, version);
    },
    runtimeEnded(wanted) {
      const newest = [...onTrial.values()].at(-1);
      for (const model of [...onTrial.keys()]) drop(model);
      if (!newest) return undefined;
      const key = versionKey(newest.model, newest.version.digest);
      const strike = (strikes.get(key) ?? 0) + 1;
      strikes.set(key, strike);
      return isWorthwhile(newest, wanted, strike) ? newest : undefined;
    },
    stop() {
      for (const model of [...onTrial.keys()]) drop(model);
    },
  };
}
