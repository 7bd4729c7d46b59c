import type { DesiredVersion } from '@skerry/contracts';
import { type Clock, isSkerryError, type Logger, type Random, type SkerryError } from '@skerry/kit';
import { applier } from './apply/apply.ts';
import { attempts as keepAttempts } from './apply/attempts.ts';
import { trials as keepTrials } from './apply/trials.ts';
import { verdicts as keepVerdicts } from './apply/verdicts.ts';
import type { Artifacts } from './artifacts/artifacts.ts';
import type { DesiredSource } from './desired/desired.ts';
import type { Driver, DriverNews, End } from './drivers/driver.ts';
import type { DeviceIdentity } from './identity/identity.ts';
import { currentOf, isApplied, servingOn } from './look.ts';
import type { Current, Step } from './plan/model.ts';
import { reconciler } from './reconcile.ts';
import type { Tell } from './report/events.ts';
import type { View } from './report/view.ts';
import { factKeeper } from './state/fact-keeper.ts';
import { lastApplied } from './state/last-applied.ts';
import type { AgentState } from './state/state.ts';

export interface IntentOptions {
  readonly device: Pick<DeviceIdentity, 'deviceId'>;
  readonly desired: Pick<DesiredSource, 'current'>;
  readonly driver: Driver;
  readonly artifacts: Artifacts;
  readonly state: AgentState;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly tell: Tell;
  /** What would be reported may have changed. */
  readonly onChange: () => void;
}

/** The way down: from what is wanted to what runs. */
export interface Intent {
  readonly applied: DesiredVersion | undefined;
  /** What a report says of it. */
  view(): Pick<View, 'applied' | 'observed' | 'busy' | 'refusalOf' | 'failureOf' | 'progressOf'>;
  start(): void;
  /** There is another desired state: what is under way for the one before is cancelled. */
  desiredChanged(): void;
  stop(): Promise<void>;
}

const RETRY = { baseMs: 2_000, capMs: 5 * 60_000 };
/** What took a minute of all that the device can do, or all of its memory, would do so again. */
const RETRY_COSTLY = { baseMs: 2 * 60_000, capMs: 3_600_000 };
const backoffOf = (error: SkerryError) =>
  isSkerryError(error, 'AcceptanceUnfinished') ? RETRY_COSTLY : RETRY;

export function intent(options: IntentOptions): Intent {
  const { device, desired, driver, artifacts, state, clock, random, logger, tell, onChange } = options;
  let applied = lastApplied(state, device);
  let busy: ReadonlyMap<string, Step> = new Map();

  const keeper = factKeeper(state, options);
  const verdicts = keepVerdicts(state, keeper);
  const attempts = keepAttempts({ clock, random, backoffOf, onRested: () => reconcile.trigger() });
  const trials = keepTrials({ clock, verdicts, onProven: () => reconcile.trigger() });

  const settle = (current: Current, steps: ReadonlyMap<string, Step>) => {
    busy = steps;
    const wanted = desired.current;
    if (wanted && isApplied(current, wanted.parts, steps)) markApplied(wanted);
    onChange();
  };

  const markApplied = ({ epoch, version }: DesiredVersion) => {
    if (applied?.epoch === epoch && applied.version === version) return;
    applied = { epoch, version };
    keeper.keep('applied', { ...applied, deviceId: device.deviceId });
    tell('Normal', 'Applied', `v${version} is applied`);
  };

  const reconcile = reconciler({
    desired: () => desired.current?.parts,
    look: (parts) => currentOf({ observed: driver.observed, artifacts, verdicts, attempts }, parts),
    apply: applier({ driver, artifacts, attempts, verdicts, trials, tell, clock, logger }),
    report: settle,
    onError: (error) => logger.error('reconciling failed', { error }),
  });

  const heard = (news: DriverNews) => {
    switch (news.what) {
      case 'started':
        return tell('Normal', 'RuntimeStarted', 'the runtime is up');
      case 'adopted':
        return tell('Normal', 'RuntimeAdopted', 'the runtime went on serving meanwhile');
      case 'ended':
        return runtimeEnded(news);
      case 'crashLoop':
        return tell('Warning', 'CrashLoop', `the runtime ends again and again: ${news.how}`);
    }
  };

  /** Whoever came last is suspected, and stays out while something can stand in for it. */
  const runtimeEnded = ({ how, wasAsked }: End) => {
    tell('Warning', 'RuntimeEnded', how);
    if (wasAsked) return;
    const suspect = trials.runtimeEnded(new Set(desired.current?.parts.models.keys()));
    if (!suspect) return;
    const { model, version } = suspect;
    const message = `the runtime ended (${how}) while ${model}:${version.version} was on probation`;
    verdicts.refuse(model, version.digest, 'RuntimeEnded', message);
    tell('Warning', 'RuntimeEnded', `${model}:${version.version} is held back: ${message}`, `model/${model}`);
  };

  return {
    get applied() {
      return applied;
    },
    view: () => ({
      applied,
      observed: driver.observed,
      busy,
      refusalOf: verdicts.refusalOf,
      failureOf: attempts.failureOf,
      progressOf: artifacts.progressOf,
    }),
    start() {
      driver.onNews(heard);
      driver.onChange(() => {
        trials.see(servingOn(driver.observed));
        reconcile.trigger();
      });
      driver.recover();
      reconcile.trigger();
    },
    desiredChanged() {
      attempts.forget();
      reconcile.restart();
      if (desired.current) verdicts.keepOnly(desired.current.parts.models);
    },
    async stop() {
      await reconcile.stop();
      attempts.forget();
      trials.stop();
      await driver.stop();
      keeper.stop();
    },
  };
}
