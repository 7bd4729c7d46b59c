import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  emptyStreamHash,
  type FormerEpoch,
  nextStreamHash,
  type StreamOrder,
  type StreamState,
} from '@skerry/contracts';
import fc from 'fast-check';
import { decideStream, type Held } from './session.ts';

/*
 * A device, a copy of it and a hub as small models, among lost acknowledgements, lost welcomes, a disk that forgets,
 * and each of them set back to an earlier state. What must hold whatever happens: what one of the devices holds arrives
 * or is told as gone, and every number of an epoch in the hub is a message or covered by a notice.
 */

interface Device {
  epoch: number;
  /** Unacknowledged ids and those still kept, by number of the epoch: the last is `next - 1`. */
  kept: Map<number, string>;
  next: number;
  acknowledged: number;
  hash: string;
  former?: FormerEpoch | undefined;
  /** By which the hub tells it from its copies. */
  secret?: number;
}

interface Hub {
  held: Held | undefined;
  checkpoints: Map<string, string>;
  /** By epoch and number. */
  messages: Map<string, string>;
  ids: Set<string>;
  notices: Set<string>;
  /** Told gone: all from a number of an epoch on, up to an epoch that is known again. */
  lost: { epoch: number; first: number; before: number }[];
  secret: number | undefined;
  hasCopy: boolean;
  wasRestored: boolean;
}

const copyDevice = (device: Device): Device => ({ ...device, kept: new Map(device.kept) });
const copyHub = (hub: Hub): Hub => ({
  ...hub,
  checkpoints: new Map(hub.checkpoints),
  messages: new Map(hub.messages),
  ids: new Set(hub.ids),
  notices: new Set(hub.notices),
  lost: [...hub.lost],
});

const stateOf = (device: Device): StreamState => ({
  producer: 'runtime',
  stream: 'result',
  epoch: device.epoch,
  lowest: Math.min(device.next, ...device.kept.keys()),
  next: device.next,
  acknowledged: device.acknowledged,
  hash: device.hash,
  ...(device.former && { former: device.former }),
});

function greet(hub: Hub, device: Device, secret: number): StreamOrder {
  const { held } = hub;
  const { acknowledged } = device;
  const remembered =
    acknowledged === 0 ? emptyStreamHash : hub.checkpoints.get(`${held?.epoch}/${acknowledged}`);
  if (hub.secret !== undefined && hub.secret !== device.secret) hub.hasCopy = true;
  device.secret = hub.secret = secret;
  const decision = decideStream(stateOf(device), held, remembered, hub.hasCopy);
  hub.hasCopy ||= decision.contradiction !== undefined;
  hub.held = decision.held;
  if (decision.held !== held)
    hub.checkpoints.set(`${decision.held.epoch}/${decision.held.next - 1}`, decision.held.hash);
  for (const { epoch, first, last, why } of decision.gaps ?? []) {
    if (why === 'epoch-lost') hub.lost.push({ epoch, first, before: decision.held.epoch });
    for (let number = first; number <= last; number++) hub.notices.add(`${epoch}/${number}`);
  }
  // Of what a copy has delivered meanwhile under the same numbers nobody can tell.
  if (!hub.hasCopy) tellsOfAll(hub, device.former);
  return { ...decision.order, all: hub.wasRestored };
}

/** What had arrived before a disk forgot is there, or it is told that it is not. */
function tellsOfAll(hub: Hub, former: FormerEpoch | undefined): void {
  for (let number = 1; number <= (former?.acknowledged ?? 0); number++) {
    const key = `${former?.epoch}/${number}`;
    assert.ok(hub.messages.has(key) || isTold(hub, key), `${key} is gone, and nobody tells`);
  }
}

function isTold({ notices, lost }: Hub, key: string): boolean {
  const [epoch, number] = key.split('/').map(Number) as [number, number];
  const isIn = (it: Hub['lost'][number]) =>
    epoch < it.before && (epoch > it.epoch || (epoch === it.epoch && number >= it.first));
  return notices.has(key) || lost.some(isIn);
}

/** What a device does with an order: DESIGN §6, Streams. */
function obey(device: Device, order: StreamOrder): void {
  if (order.epoch !== device.epoch) {
    const isWaiting = ([number]: [number, string]) => order.all || number > device.acknowledged;
    const waiting = [...device.kept].filter(isWaiting).map(([, id]) => id);
    device.kept = new Map(waiting.map((id, index) => [index + 1, id]));
    device.epoch = order.epoch;
    device.next = waiting.length + 1;
    device.former = undefined;
  }
  device.acknowledged = order.expected - 1;
  device.hash = order.hash;
}

/** Its disk had lied: of what it had synced last there is nothing, and its numbers are used again. */
function forget(device: Device, count: number): void {
  const left = [...device.kept.values()].slice(0, -count);
  const { epoch, acknowledged, former } = device;
  Object.assign(device, {
    epoch: 0,
    kept: new Map(left.map((id, index) => [index + 1, id])),
    next: left.length + 1,
    acknowledged: 0,
    hash: emptyStreamHash,
    former: epoch === 0 ? former : { epoch, acknowledged },
  } satisfies Device);
}

/** Sends up to `count` from where the order said; the hub takes or contradicts; the answer may get lost. */
function send(hub: Hub, device: Device, count: number, lost: boolean): void {
  const first = device.acknowledged + 1;
  const ids: string[] = [];
  for (let number = first; number < first + count && device.kept.has(number); number++)
    ids.push(device.kept.get(number)!);
  const held = hub.held!;
  if (ids.length === 0 || device.epoch !== held.epoch || first > held.next) return;
  const differs = ids.some((id, index) => {
    const before = hub.messages.get(`${held.epoch}/${first + index}`);
    return before !== undefined && before !== id;
  });
  if (differs) {
    hub.held = { epoch: held.epoch + 1, next: 1, hash: emptyStreamHash };
    return;
  }
  const last = first + ids.length - 1;
  const repeated = Math.max(0, Math.min(last, held.next - 1) - first + 1);
  const before = first === 1 ? emptyStreamHash : hub.checkpoints.get(`${held.epoch}/${first - 1}`);
  const atRepeated = before && ids.slice(0, repeated).reduce(nextStreamHash, before);
  const known =
    last >= held.next - 1 ? held.hash : (hub.checkpoints.get(`${held.epoch}/${last}`) ?? atRepeated);
  if (repeated > 0 && (atRepeated === undefined || atRepeated !== known)) {
    hub.held = { epoch: held.epoch + 1, next: 1, hash: emptyStreamHash };
    return;
  }
  for (const [index, id] of ids.entries()) {
    hub.messages.set(`${held.epoch}/${first + index}`, id);
    hub.ids.add(id);
  }
  const hash = ids.slice(repeated).reduce(nextStreamHash, repeated > 0 ? atRepeated! : held.hash);
  if (last >= held.next) hub.held = { ...held, next: last + 1, hash };
  hub.checkpoints.set(`${held.epoch}/${last}`, hash);
  // A device believes an acknowledgement only if the hash is its own.
  if (lost || ids.reduce(nextStreamHash, device.hash) !== hash) return;
  device.acknowledged = last;
  device.hash = hash;
}

/** Gives back the room of what was acknowledged. */
function free({ kept, acknowledged }: Device): void {
  for (const number of [...kept.keys()]) if (number <= acknowledged) kept.delete(number);
}

type Step =
  | { kind: 'make'; count: number }
  | { kind: 'send'; count: number; lost: boolean }
  | { kind: 'reconnect'; welcomeLost: boolean }
  | { kind: 'forget'; count: number }
  | { kind: 'free' | 'clone' | 'swap' }
  | { kind: 'snapshot'; of: 'device' | 'hub' }
  | { kind: 'restore'; of: 'device' | 'hub' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('make' as const), count: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      count: fc.integer({ min: 1, max: 5 }),
      lost: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reconnect' as const), welcomeLost: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('free' as const, 'swap' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clone' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('forget' as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('snapshot' as const),
      of: fc.constantFrom('device' as const, 'hub' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('restore' as const),
      of: fc.constantFrom('device' as const, 'hub' as const),
    }),
  },
);

const history = fc.array(step, { minLength: 10, maxLength: 60, size: 'max' });

function run(steps: readonly Step[]) {
  let device: Device = { epoch: 0, kept: new Map(), next: 1, acknowledged: 0, hash: emptyStreamHash };
  let hub: Hub = {
    held: undefined,
    checkpoints: new Map(),
    messages: new Map(),
    ids: new Set(),
    notices: new Set(),
    lost: [],
    secret: undefined,
    hasCopy: false,
    wasRestored: false,
  };
  let clone: Device | undefined;
  /** By id: under which numbers a device ever had it. */
  const numbers = new Map<string, Set<string>>();
  const note = (it: Device | undefined) => {
    for (const [number, id] of it?.kept ?? [])
      numbers.set(id, (numbers.get(id) ?? new Set()).add(`${it?.epoch}/${number}`));
  };
  let deviceCopy = copyDevice(device);
  let hubCopy = copyHub(hub);
  let made = 0;
  let secret = 0;
  const reconnect = () => obey(device, greet(hub, device, secret++));
  const swap = () => {
    if (clone) [device, clone] = [clone, device];
  };

  reconnect();
  for (const it of steps) {
    if (it.kind === 'make')
      for (let count = 0; count < it.count; count++) device.kept.set(device.next++, `m${made++}`);
    if (it.kind === 'send') send(hub, device, it.count, it.lost);
    if (it.kind === 'reconnect') {
      const order = greet(hub, device, secret++);
      if (!it.welcomeLost) obey(device, order);
    }
    if (it.kind === 'forget') forget(device, it.count);
    if (it.kind === 'free') free(device);
    if (it.kind === 'clone') clone = copyDevice(device);
    if (it.kind === 'swap') {
      swap();
      reconnect();
    }
    if (it.kind === 'snapshot' && it.of === 'device') deviceCopy = copyDevice(device);
    if (it.kind === 'snapshot' && it.of === 'hub') hubCopy = copyHub(hub);
    if (it.kind === 'restore') {
      if (it.of === 'device') device = copyDevice(deviceCopy);
      else hub = { ...copyHub(hubCopy), secret: undefined, wasRestored: true };
      reconnect();
    }
    note(device);
  }
  const holding = [device, clone].flatMap((it) => [...(it?.kept.values() ?? [])]);
  const drain = () => {
    for (let round = 0; device.next > device.acknowledged + 1 && round < 300; round++) {
      reconnect();
      send(hub, device, 3, false);
    }
  };
  reconnect();
  drain();
  swap();
  reconnect();
  drain();
  const lost = holding.filter(
    (id) => !hub.ids.has(id) && ![...numbers.get(id)!].some((it) => isTold(hub, it)),
  );
  return { hub, device, lost };
}

test('whatever is lost, copied or set back, what is held arrives or is told as gone', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const { device, lost } = run(steps);
      assert.equal(device.next, device.acknowledged + 1, 'the device came to an end');
      assert.deepEqual(lost, [], 'they did not arrive');
    }),
    { numRuns: 2000 },
  );
});

test('every number in the hub is a message or covered by a notice', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const { hub } = run(steps);
      const { epoch, next } = hub.held!;
      for (let number = 1; number < next; number++) {
        const key = `${epoch}/${number}`;
        assert.ok(hub.messages.has(key) || hub.notices.has(key), `${key} is neither`);
      }
    }),
    { numRuns: 2000 },
  );
});

const state: StreamState = {
  producer: 'runtime',
  stream: 'result',
  epoch: 1,
  lowest: 11,
  next: 15,
  acknowledged: 10,
  hash: 'aa'.repeat(32),
};
const held: Held = { epoch: 1, next: 11, hash: 'aa'.repeat(32) };
const unknown = undefined;

test('two that agree go on where they were', () => {
  const { order, contradiction, gaps } = decideStream(state, held, unknown);
  assert.deepEqual([order.epoch, order.expected, contradiction, gaps], [1, 11, undefined, undefined]);
});

test('another hash at the same number contradicts', () => {
  assert.match(decideStream({ ...state, hash: 'bb'.repeat(32) }, held, unknown).contradiction!, /up to 10/);
});

test('a device that never made what the hub holds contradicts', () => {
  const decision = decideStream({ ...state, next: 9, lowest: 9, acknowledged: 8 }, held, state.hash);
  assert.match(decision.contradiction!, /next number is 9/);
  assert.deepEqual([decision.order.epoch, decision.order.expected], [2, 1]);
});

test('a position too old to be compared contradicts', () => {
  assert.ok(decideStream({ ...state, acknowledged: 2, lowest: 3 }, held, unknown).contradiction);
});

test('a device that asks for an epoch gets the next one, which is no contradiction', () => {
  const { order, contradiction } = decideStream({ ...state, epoch: 0 }, held, unknown);
  assert.deepEqual([order.epoch, order.expected, contradiction], [2, 1, undefined]);
});

test('a disk that forgot keeps nothing from a hub that was set back', () => {
  const forgot = {
    ...state,
    epoch: 0,
    acknowledged: 0,
    hash: emptyStreamHash,
    former: { epoch: 1, acknowledged: 10 },
  };
  const gone = { epoch: 1, first: 4, last: 10, why: 'hub-restored' };
  const { order, gaps } = decideStream(forgot, { ...held, next: 4 }, unknown);
  assert.deepEqual([order.epoch, order.expected, gaps], [2, 1, [gone]]);
  const joined = decideStream(forgot, undefined, unknown);
  assert.deepEqual([joined.order.epoch, joined.gaps], [2, [{ ...gone, first: 1 }]]);
  const whole = decideStream(forgot, held, unknown);
  assert.deepEqual([whole.order.epoch, whole.gaps], [2, []]);
  const again = decideStream(forgot, { epoch: 2, next: 1, hash: emptyStreamHash }, unknown);
  assert.deepEqual([again.order.epoch, again.gaps], [2, []], 'it is told once');
});

test('an order that got lost is given again', () => {
  const { order, contradiction } = decideStream(state, { epoch: 2, next: 1, hash: emptyStreamHash }, unknown);
  assert.deepEqual([order.epoch, order.expected, contradiction], [2, 1, undefined]);
});

test('a hub that was restored goes on at the first number that the device still has', () => {
  const { order, gaps } = decideStream(state, { ...held, next: 4 }, unknown);
  assert.deepEqual(gaps, [{ epoch: 1, first: 4, last: 10, why: 'hub-restored' }]);
  assert.deepEqual([order.expected, order.hash], [11, state.hash]);
  const kept = decideStream({ ...state, lowest: 2 }, { ...held, next: 4 }, unknown);
  assert.deepEqual([kept.gaps, kept.order.expected], [undefined, 4], 'what it has not deleted comes again');
});

test('a restored hub that may hold a copy’s messages does not go on where it is', () => {
  const { order, gaps } = decideStream({ ...state, lowest: 6 }, { ...held, next: 4 }, unknown, true);
  assert.deepEqual(gaps, [{ epoch: 1, first: 4, last: 5, why: 'hub-restored' }]);
  assert.deepEqual([order.epoch, order.expected], [2, 1]);
});

test('a stream that the restored hub never heard of is followed from its beginning', () => {
  const { order, gaps } = decideStream(state, undefined, unknown);
  assert.deepEqual(gaps, [{ epoch: 1, first: 1, last: 10, why: 'hub-restored' }]);
  assert.equal(order.expected, 11);
  assert.equal(decideStream({ ...state, lowest: 1, acknowledged: 0 }, undefined, unknown).gaps, undefined);
});

test('an epoch that the restored hub has not ordered is followed, and the one before it is told lost', () => {
  const ahead = { ...state, epoch: 3, lowest: 3, acknowledged: 2 };
  const { order, gaps, held: after } = decideStream(ahead, held, unknown);
  assert.deepEqual(gaps, [
    { epoch: 1, first: 11, last: 11, why: 'epoch-lost' },
    { epoch: 3, first: 1, last: 2, why: 'hub-restored' },
  ]);
  assert.deepEqual([order.epoch, order.expected, after.epoch], [3, 3, 3]);
});
