import type { CodeName } from '@skerry/contracts';
import { type Clock, describeError, isSkerryError, type Logger, toSkerryError } from '@skerry/kit';
import type { Artifacts } from '../artifacts/artifacts.ts';
import type { Driver } from '../drivers/driver.ts';
import { attemptOf, partOf, type Step } from '../plan/model.ts';
import type { Tell } from '../report/events.ts';
import type { Attempts } from './attempts.ts';
import type { Trials } from './trials.ts';
import type { Verdicts } from './verdicts.ts';

export interface ApplyOptions {
  readonly driver: Driver;
  readonly artifacts: Artifacts;
  readonly attempts: Attempts;
  readonly verdicts: Verdicts;
  readonly trials: Trials;
  readonly tell: Tell;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Takes one step. Never rejects: what failed is remembered with the attempt, and told. */
export type Apply = (step: Step, signal: AbortSignal) => Promise<void>;

export function applier(options: ApplyOptions): Apply {
  const { attempts, logger } = options;
  return async (step, signal) => {
    const attempt = attemptOf(step);
    try {
      await take(step, options, signal);
      attempts.succeeded(attempt);
    } catch (error) {
      if (signal.aborted) return;
      logger.warn('a step failed', { step: step.do, part: partOf(step), error });
      try {
        fail(step, attempt, error, options);
      } catch (unkept) {
        logger.error('what was learnt could not be kept', { error: unkept });
      }
    }
  };
}

async function take(step: Step, options: ApplyOptions, signal: AbortSignal): Promise<void> {
  const { driver } = options;
  switch (step.do) {
    case 'pull':
      return pull(step, options, signal);
    case 'load':
      return load(step, options, signal);
    case 'unload':
      return driver.unload(step.model, signal);
    case 'putPipeline':
      return driver.putPipeline(step.pipeline, step.spec, signal);
    case 'removePipeline':
      return driver.removePipeline(step.pipeline, signal);
    case 'collect':
      return collect(step, options);
  }
}

async function pull({ model, wanted }: Step & { do: 'pull' }, options: ApplyOptions, signal: AbortSignal) {
  const { artifacts, clock, tell } = options;
  const startedAt = clock.monotonic();
  const bytes = await artifacts.pull(wanted, signal);
  const seconds = ((clock.monotonic() - startedAt) / 1000).toFixed(1);
  const size = `${(bytes / 1024).toFixed(0)} KiB`;
  tell(
    'Normal',
    'Pulled',
    `${model}:${wanted.version}, ${size} in ${seconds} s, digest verified`,
    `model/${model}`,
  );
}

async function load({ model, version }: Step & { do: 'load' }, options: ApplyOptions, signal: AbortSignal) {
  const { artifacts, driver, trials, tell } = options;
  await artifacts.verify(version.digest, signal);
  trials.begin(model, version);
  try {
    await driver.load(model, version, artifacts.folderOf(version.digest), signal);
  } catch (error) {
    trials.failed(model, version, isSkerryError(error, 'DeadlineExceeded') ? 'abandoned' : undefined);
    throw error;
  }
  tell('Normal', 'Serving', `${model}:${version.version} serves`, `model/${model}`);
}

async function collect({ keep }: Step & { do: 'collect' }, { artifacts, tell }: ApplyOptions) {
  for (const digest of await artifacts.collect(keep)) tell('Normal', 'Collected', `${digest} was removed`);
}

/** A version whose answers are wrong is not tried again; all else is, after a pause. */
function fail(step: Step, attempt: string, error: unknown, { attempts, verdicts, tell }: ApplyOptions): void {
  const known = toSkerryError(error, {
    code: 'Internal',
    detail: describeError(error),
    next: 'See the agent’s log.',
  });
  const about = partOf(step);
  if (step.do === 'load' && known.code === 'AcceptanceFailed') {
    verdicts.refuse(step.model, step.version.digest, known.code, known.detail);
    tell(
      'Warning',
      'AcceptanceFailed',
      `${step.model}:${step.version.version} is refused: ${known.detail}`,
      about,
    );
    return;
  }
  const isNews = attempts.failureOf(attempt)?.error.code !== known.code;
  attempts.failed(attempt, known);
  if (isNews) tell('Warning', known.code as CodeName, known.detail, about);
}
