import type { StoredMessage } from '@skerry/contracts';

/** What a message says of its time. */
export type Timed = Pick<StoredMessage['event'], 'time' | 'bootid' | 'bootms' | 'timeknown'>;

/** By boot id: when it began, ms since the epoch. */
export type Boots = ReadonlyMap<string, number>;

/** Between which moments (ms since the epoch) a message was made; `from` where nothing before it is known. */
export interface Bounds {
  readonly from?: number | undefined;
  readonly to: number;
}

export type Dated = Pick<StoredMessage, 'time' | 'timeKnown' | 'deviceTime' | 'notBefore' | 'notAfter'>;

/**
 * When a message was made, ms since the epoch: as it says itself where the device knew the time, else by the boot
 * that it was made in. Undefined where nobody ever knew the time of that boot.
 */
export function momentOf({ time, bootid, bootms, timeknown }: Timed, boots: Boots): number | undefined {
  const said = time === undefined ? Number.NaN : Date.parse(time);
  if (timeknown && !Number.isNaN(said)) return said;
  const began = boots.get(bootid);
  return began === undefined ? undefined : began + bootms;
}

/** The best date of a message that was made without knowing the time; what the device's clock said is kept beside it. Pure. */
export function dateOf(event: Timed, moment: number | undefined, { from, to }: Bounds): Dated {
  const deviceTime = event.time === undefined ? {} : { deviceTime: event.time };
  if (moment !== undefined) return { time: textOf(moment), timeKnown: true, ...deviceTime };
  const said = event.time === undefined ? to : Date.parse(event.time);
  const within = Math.min(Math.max(said, from ?? Number.NEGATIVE_INFINITY), to);
  return {
    time: textOf(within),
    timeKnown: false,
    ...deviceTime,
    ...(from !== undefined && { notBefore: textOf(from) }),
    notAfter: textOf(to),
  };
}

const textOf = (ms: number) => new Date(ms).toISOString();
