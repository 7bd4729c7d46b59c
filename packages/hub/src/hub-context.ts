import type { HubContext } from './context.ts';
import { eventRecorder } from './events/store.ts';
import { type ChangeIntentOptions, changeIntentOver } from './twins/change-intent.ts';

export type HubEffects = Omit<ChangeIntentOptions, 'record'> & Pick<HubContext, 'random'>;

/** The context of all features: events on record, and intent that reaches the twins. */
export function hubContext(effects: HubEffects): HubContext {
  const { db, clock, random, logger } = effects;
  const record = eventRecorder({ clock, random });
  return { db, clock, random, logger, record, changeIntent: changeIntentOver({ ...effects, record }) };
}
