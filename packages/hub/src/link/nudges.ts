import type { Logger } from '@skerry/kit';
import { atMost } from './at-most.ts';
import type { DesiredDocuments } from './desired.ts';
import type { Sessions } from './sessions.ts';

export interface NudgesOptions {
  readonly logger: Logger;
  readonly desired: Pick<DesiredDocuments, 'etagOf'>;
  readonly sessions: Pick<Sessions, 'current' | 'tell'>;
}

/** Desired states that are looked up at a time: a change may be for the whole fleet, and others read too. */
const AT_A_TIME = 8;

/** Tells devices that their desired state changed; of those whose turn is still to come, once for all changes. */
export function nudges({ logger, desired, sessions }: NudgesOptions): (deviceIds: readonly string[]) => void {
  const due = new Set<string>();
  const inTurn = atMost(AT_A_TIME);

  const nudge = async (deviceId: string): Promise<void> => {
    due.delete(deviceId);
    const session = sessions.current(deviceId);
    const etag = session && (await desired.etagOf(deviceId));
    if (session && etag !== undefined) sessions.tell(session, 'nudge', { desired: etag });
  };

  return (deviceIds) => {
    for (const deviceId of deviceIds) {
      if (due.has(deviceId)) continue;
      due.add(deviceId);
      inTurn(() => nudge(deviceId)).catch((error) =>
        logger.warn('a device could not be nudged', { deviceId, error }),
      );
    }
  };
}
