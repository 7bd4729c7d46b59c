import { type CodeName, type DeviceEventData, type Event, eventTypes } from '@skerry/contracts';
import type { Clock, Logger } from '@skerry/kit';
import type { TrustedTime } from '../identity/trusted-time.ts';

/** Puts a transition or an action on record. `about` is such as `model/digits`. */
export type Tell = (
  severity: DeviceEventData['severity'],
  reason: CodeName,
  message: string,
  about?: string,
) => void;

export interface EventsOptions {
  /** Resolves once the event is durable. */
  readonly append: (event: string) => Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: string;
  readonly bootId: string;
  readonly time: Pick<TrustedTime, 'known' | 'now'>;
}

/**
 * The device's own events, in the agent's stream `event`: sent in order like any message. Beyond the bound of that
 * folder they go to the log alone.
 */
export function deviceEvents({ append, clock, logger, source, bootId, time }: EventsOptions): Tell {
  let count = 0;
  return (severity, reason, message, about) => {
    const data: DeviceEventData = {
      severity,
      reason,
      message: message.slice(0, 1024),
      ...(about !== undefined && { about }),
    };
    const event: Event<DeviceEventData> = {
      specversion: '1.0',
      id: `${bootId}/${++count}`,
      source: `${source}/agent`,
      type: eventTypes.deviceEvent,
      time: new Date(time.known ? time.now() : clock.now()).toISOString(),
      datacontenttype: 'application/json',
      bootid: bootId,
      bootms: Math.round(clock.monotonic()),
      timeknown: time.known,
      data,
    };
    logger.info('an event', { reason, message, about });
    append(JSON.stringify(event)).catch((error) => logger.warn('an event was not kept', { reason, error }));
  };
}
