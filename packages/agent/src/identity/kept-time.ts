import type { Clock } from '@skerry/kit';
import type { AgentState } from '../state/state.ts';
import { type TrustedTime, trustedTime } from './trusted-time.ts';

/** Steps in which it is kept: what is written an hour too low is still behind us. */
const STEP_MS = 3_600_000;

/** Trusted time whose past outlives the process. */
export function keptTime(clock: Clock, state: Pick<AgentState, 'recall' | 'remember'>): TrustedTime {
  let kept = state.recall('hubTime');
  return trustedTime(clock, kept, (moment) => {
    if (moment < kept + STEP_MS) return;
    try {
      state.remember('hubTime', moment);
      kept = moment;
    } catch {
      // A disk that is full must end neither a session nor the agent: the next moment is kept once there is room.
    }
  });
}
