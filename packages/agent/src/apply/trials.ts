import type { Clock, Stop } from '@skerry/kit';
import { type Version, versionKey } from '../plan/model.ts';
import type { Verdicts } from './verdicts.ts';

/** A version that serves so long without the runtime's end is proven. */
export const trialMs = 60_000;
/** The end of a runtime may be heard of so much later than the failure of the load that it took with it. */
const lateNewsMs = 5_000;
/** A load for which nobody waits any more may go on in the runtime, and take it down then. */
const abandonedMs = 5 * 60_000;
/** A version that takes others down with it is held back after so many ends, where nothing can stand in for it. */
const strikesWithoutFallback = 2;

export interface Suspect {
  readonly model: string;
  readonly version: Version;
}

interface Trial extends Suspect {
  /** Only then is it on its way to be proven; else it is being loaded, or could not be a moment ago. */
  readonly isServing: boolean;
  readonly stop: Stop;
}

/**
 * Versions on probation: from their load until they are proven, or serve no more. The newest is the first to be
 * suspected.
 */
export interface Trials {
  /** Its load begins. */
  begin(model: string, version: Version): void;
  /** Its load came to nothing, or was `abandoned`: it took longer than anybody waits. */
  failed(model: string, version: Version, abandoned?: 'abandoned'): void;
  /** What serves now, whoever loaded it. */
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
  /** By version, in the order in which they began. */
  const onTrial = new Map<string, Trial>();
  const strikes = new Map<string, number>();

  const end = (key: string) => {
    onTrial.get(key)?.stop();
    onTrial.delete(key);
  };
  const endAll = () => {
    for (const key of [...onTrial.keys()]) end(key);
  };

  const isProven = (model: string, { digest }: Version) => verdicts.proven.get(model)?.digest === digest;
  const prove = (key: string, model: string, version: Version) => {
    end(key);
    strikes.delete(key);
    verdicts.prove(model, version);
    onProven();
  };

  const serves = (model: string, version: Version) => {
    const key = versionKey(model, version.digest);
    const trial = onTrial.get(key);
    if (trial?.isServing || isProven(model, version)) return;
    trial?.stop();
    const stop = clock.timer(trialMs, () => prove(key, model, version));
    onTrial.set(key, { model, version, isServing: true, stop });
  };

  /** Holding a version back must leave more that serves than letting it try again. */
  const isWorthwhile = ({ model, version }: Suspect, wanted: ReadonlySet<string>, strike: number) => {
    const fallback = verdicts.proven.get(model);
    if (fallback && fallback.digest !== version.digest) return true;
    return strike >= strikesWithoutFallback && [...wanted].some((other) => other !== model);
  };

  return {
    begin(model, version) {
      const key = versionKey(model, version.digest);
      end(key);
      if (!isProven(model, version)) onTrial.set(key, { model, version, isServing: false, stop: () => {} });
    },
    failed(model, version, abandoned) {
      const key = versionKey(model, version.digest);
      const trial = onTrial.get(key);
      if (!trial || trial.isServing) return;
      const suspectedMs = abandoned ? abandonedMs : lateNewsMs;
      onTrial.set(key, { ...trial, stop: clock.timer(suspectedMs, () => end(key)) });
    },
    see(serving) {
      for (const [key, { model, version, isServing }] of [...onTrial])
        if (isServing && serving.get(model)?.digest !== version.digest) end(key);
      for (const [model, version] of serving) serves(model, version);
    },
    runtimeEnded(wanted) {
      const newest = [...onTrial.values()].findLast(
        ({ model, version }) => !verdicts.refusalOf(model, version.digest),
      );
      endAll();
      if (!newest) return undefined;
      const key = versionKey(newest.model, newest.version.digest);
      const strike = (strikes.get(key) ?? 0) + 1;
      strikes.set(key, strike);
      return isWorthwhile(newest, wanted, strike) ? newest : undefined;
    },
    stop: endAll,
  };
}
