import { emptyStreamHash, type StreamOrder, type StreamState } from '@skerry/contracts';

/** How far the hub holds a stream: everything below `next` of `epoch`, with the running hash up to there. */
export interface Held {
  readonly epoch: number;
  readonly next: number;
  readonly hash: string;
}

/**
 * Numbers that the hub will never get, and why. `epoch-lost`: the device has gone on to a later epoch since the backup
 * that the hub was restored from; whatever it delivered from `first` on before that is gone, nobody knows how much.
 */
export interface Gap {
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
  readonly why: 'hub-restored' | 'epoch-lost' | 'lost';
}

export interface Decision {
  readonly order: StreamOrder;
  /** How far the hub holds the stream from now on; the same object when nothing changes. */
  readonly held: Held;
  /** To be covered by the hub's own drop notices. */
  readonly gaps?: readonly Gap[];
  /** Why the device must have been restored or cloned. */
  readonly contradiction?: string;
}

/**
 * What to order of one stream at the start of a session (DESIGN §6, Streams). `remembered` is the hub's own
 * running hash after the number that the device has acknowledged, where it still knows it. Pure.
 *
 * The hub trusts what it persisted. A device that has acknowledged more than the hub holds remembers a hub that was
 * restored since, and is followed, unless it has a copy (`hasCopy`): what the hub holds may be that one's. One that
 * contradicts the hub is given a new epoch: its messages keep their ids, so what the hub has already is recognised,
 * and nothing that it still holds is lost.
 */
export function decideStream(
  device: StreamState,
  held: Held | undefined,
  remembered: string | undefined,
  hasCopy = false,
): Decision {
  if (device.epoch === 0) return beginAnew(device, held ?? fresh(1));
  if (!held) return followToEpoch(device, fresh(1));
  if (device.epoch > held.epoch) return followToEpoch(device, held);
  if (device.epoch < held.epoch) return behind(device, held);
  const why = contradictionOf(device, held, remembered);
  if (why !== undefined) return { ...begin(device, held.epoch + 1), contradiction: why };
  if (device.acknowledged < held.next) return resume(device, held, remembered);
  return hasCopy ? beginAnew(leaving(device), held) : follow(device, held);
}

const fresh = (epoch: number): Held => ({ epoch, next: 1, hash: emptyStreamHash });

function begin(device: StreamState, epoch: number): Decision {
  const held = fresh(epoch);
  return { held, order: orderOf(device, epoch, 1, held.hash) };
}

/** In an epoch of which nobody has a number; a hub that was set back catches up on the former one first. */
function beginAnew(device: StreamState, held: Held): Decision {
  const { held: known, gaps = [] } = catchUp(device, held);
  return { ...begin(device, known.next === 1 ? known.epoch : known.epoch + 1), gaps };
}

/** What it has delivered of this epoch, and holds no more, is all that is gone. */
function leaving(device: StreamState): StreamState {
  const acknowledged = Math.min(device.acknowledged, device.lowest - 1);
  return { ...device, former: { epoch: device.epoch, acknowledged } };
}

/** There is nothing left at the device of what it had delivered. */
function catchUp(device: StreamState, held: Held): Pick<Decision, 'held' | 'gaps'> {
  const { former } = device;
  if (!former || former.epoch < held.epoch) return { held };
  if (former.epoch === held.epoch && former.acknowledged < held.next) return { held };
  return followToEpoch({ ...device, ...former, lowest: former.acknowledged + 1 }, held);
}

/** An order of an earlier session that got lost on its way is given again; otherwise the device went back in time. */
function behind(device: StreamState, held: Held): Decision {
  if (held.next === 1) return { held, order: orderOf(device, held.epoch, 1, held.hash) };
  const contradiction = `it numbers in epoch ${device.epoch}, which epoch ${held.epoch} has replaced`;
  return { ...begin(device, held.epoch + 1), contradiction };
}

function contradictionOf(
  device: StreamState,
  held: Held,
  remembered: string | undefined,
): string | undefined {
  if (device.next < held.next) return `its next number is ${device.next}, and the hub holds ${held.next - 1}`;
  if (device.acknowledged >= held.next) return undefined;
  const hash = device.acknowledged === held.next - 1 ? held.hash : remembered;
  return hash === device.hash
    ? undefined
    : `its messages up to ${device.acknowledged} are not those that the hub holds`;
}

/** The hub does not know the device's epoch, which it has ordered itself before it was restored. */
function followToEpoch(device: StreamState, held: Held): Decision {
  if (device.epoch === held.epoch) return follow(device, held);
  const { epoch, next: first } = held;
  const decision = follow(device, fresh(device.epoch));
  return { ...decision, gaps: [{ epoch, first, last: first, why: 'epoch-lost' }, ...(decision.gaps ?? [])] };
}

/** The device is ahead: the hub goes on at the first number that can still be had. */
function follow(device: StreamState, held: Held): Decision {
  const expected = Math.max(held.next, device.lowest);
  if (expected === held.next) return { held, order: orderOf(device, held.epoch, expected, held.hash) };
  const hash = expected === device.acknowledged + 1 ? device.hash : held.hash;
  const gap: Gap = { epoch: held.epoch, first: held.next, last: expected - 1, why: 'hub-restored' };
  return {
    held: { epoch: held.epoch, next: expected, hash },
    gaps: [gap],
    order: orderOf(device, held.epoch, expected, hash),
  };
}

/**
 * The device knows of fewer acknowledgements than were given, as when the last one got lost: it sends from there
 * again, and what it repeats is compared with what the hub holds. Of what it gave up meanwhile no notice is kept.
 */
function resume(device: StreamState, held: Held, remembered: string | undefined): Decision {
  const known = device.acknowledged + 1;
  if (device.lowest > held.next) {
    const gap: Gap = { epoch: held.epoch, first: held.next, last: device.lowest - 1, why: 'lost' };
    const next: Held = { ...held, next: device.lowest };
    return { held: next, gaps: [gap], order: orderOf(device, held.epoch, next.next, held.hash) };
  }
  const hash = known === held.next ? held.hash : (remembered ?? held.hash);
  return { held, order: orderOf(device, held.epoch, known, hash) };
}

function orderOf(
  { producer, stream }: StreamState,
  epoch: number,
  expected: number,
  hash: string,
): StreamOrder {
  return { producer, stream, epoch, expected, hash };
}
