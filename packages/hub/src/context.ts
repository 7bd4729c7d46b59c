import type { Clock, Logger, Random } from '@skerry/kit';
import type { Db } from './db/schema.ts';

/** What every feature of the hub is given: the effects that it may have, and nothing of other features. */
export interface HubContext {
  db: Db;
  clock: Clock;
  random: Random;
  logger: Logger;
}
