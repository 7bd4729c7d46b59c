import type { Inventory, Reported } from '@skerry/contracts';
import type { Clock, Logger } from '@skerry/kit';
import type { DesiredSource } from '../desired/desired.ts';
import type { Intent } from '../intent.ts';
import type { Self } from '../self.ts';
import type { AgentState } from '../state/state.ts';
import type { Uplink } from '../uplink/uplink.ts';
import { hasTransition } from './conditions.ts';
import { buildReported } from './reported.ts';

export interface DescribeOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly self: Self;
  readonly state: AgentState;
  readonly inventory: Inventory;
  readonly desired: DesiredSource;
  readonly intent: Pick<Intent, 'view'>;
  readonly uplink: Pick<Uplink, 'summaries'>;
}

/** What the device says of itself now; of its streams it may be what was so when it was asked for them last. */
export type Describe = (withStreams: boolean) => Promise<Reported>;

/** The times of transitions are remembered. */
export function describer(options: DescribeOptions): Describe {
  const { clock, logger, self, state, inventory, desired, intent, uplink } = options;
  let streams: Reported['streams'] = {};
  let kept = state.recall('conditions');
  let before = kept;

  /** A disk that is full must not keep the hub from hearing of it. */
  const keep = (conditions: Reported['conditions']) => {
    try {
      state.remember('conditions', conditions);
      kept = conditions;
    } catch (error) {
      logger.error('the times of transitions could not be kept', { error });
    }
  };

  return async (withStreams) => {
    if (withStreams) streams = await uplink.summaries();
    const { notAfter, renewsAt } = self.certificate;
    const certificate = { notAfter: timeText(notAfter), renewsAt: timeText(renewsAt) };
    const { current, blocked } = desired;
    const about = { desired: current, blocked, streams, certificate, inventory, time: self.time };
    const reported = buildReported({ ...intent.view(), ...about }, before, clock.now());
    before = reported.conditions;
    if (hasTransition(kept, before)) keep(before);
    return reported;
  };
}

const timeText = (ms: number) => new Date(ms).toISOString();
