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

/** What the device says of itself now. The times of transitions are remembered. */
export async function describe(options: DescribeOptions): Promise<Reported> {
  const { clock, self, state, inventory, desired, intent, uplink } = options;
  const streams = await uplink.summaries();
  const { time } = self;
  const { notAfter, renewsAt } = self.certificate;
  const certificate = { notAfter: timeText(notAfter), renewsAt: timeText(renewsAt) };
  const { current, blocked } = desired;
  const view = { ...intent.view(), desired: current, blocked, streams, certificate, inventory, time };
  const before = state.recall('conditions');
  const reported = buildReported(view, before, clock.now());
  if (hasTransition(before, reported.conditions)) keepConditions(options, reported);
  return reported;
}

/** A disk that is full must not keep the hub from hearing of it. */
function keepConditions({ state, logger }: DescribeOptions, { conditions }: Reported): void {
  try {
    state.remember('conditions', conditions);
  } catch (error) {
    logger.error('the times of transitions could not be kept', { error });
  }
}

const timeText = (ms: number) => new Date(ms).toISOString();
