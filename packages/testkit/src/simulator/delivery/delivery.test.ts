import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import type { WireNumber } from '../wire-numbers.ts';
import { type DeliveryDevice, deliveryDevice } from './delivery-device.ts';
import { openDeliveryHub } from './delivery-hub.ts';
import { append, damage, forget, giveUp, isHeld } from './folder.ts';

/*
 * The agent's own delivery of a stream against the hub's own taking of it, step by step and without the time between:
 * what the simulator meets in years comes about here in seconds. Answers get lost; records are damaged, given up and
 * forgotten; the hub is set back; with `copies`, the disk is copied and set back too.
 */

type Step = { readonly kind: string; readonly count: number; readonly isLost: boolean };

const stepOf = (...kinds: readonly string[]) =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    count: fc.integer({ min: 1, max: 3 }),
    isLost: fc.integer({ min: 0, max: 3 }).map((it) => it === 0),
  });
const often = ['make', 'make', 'send', 'send', 'send', 'connect', 'restart'];
const faults = ['damage', 'give up', 'forget', 'back up', 'restore'];
const copying = ['copy', 'swap', 'swap', 'image', 'go back'];
/** The same histories in every run of the tests; others by changing it. */
const SEED = 1;
const steps = (...kinds: readonly string[]) =>
  fc.array(stepOf(...kinds), { minLength: 10, maxLength: 60, size: 'max' });

async function run(history: readonly Step[]) {
  let hub = await openDeliveryHub(0);
  let backup: DatabaseSync = hub.backUp();
  let restores = 0;
  let active = deliveryDevice();
  let other: DeliveryDevice | undefined;
  let image: DeliveryDevice | undefined;
  let hadCopy = false;
  /** A disk forgot what the hub has, or was told of. */
  let isReused = false;
  let made = 0;
  /** Every id, and under which numbers the hub was ever told of it. */
  const numbers = new Map<string, WireNumber[]>();
  /** Nobody has to account for these: no device has them, and no hub said that it does. */
  const forgiven = new Set<string>();

  const make = () => {
    const id = `m${made++}`;
    numbers.set(id, []);
    append(active.folder, id);
  };
  const forgetLast = (count: number) => {
    const { acknowledged } = active;
    for (const [number, id] of forget(active.folder, count)) {
      if (hadCopy || number > acknowledged) forgiven.add(id);
      isReused ||= number <= acknowledged || hub.holds(id);
    }
  };
  /** What only this one had goes with it. */
  const discard = (gone: DeliveryDevice | undefined, left: DeliveryDevice) => {
    const kept = new Set(left.folder.ids.values());
    for (const id of gone?.folder.ids.values() ?? []) if (!kept.has(id)) forgiven.add(id);
  };

  const take: Record<string, (step: Step) => unknown> = {
    make: ({ count }) => {
      for (let left = count; left > 0; left--) make();
    },
    send: ({ isLost }) => active.send(hub, isLost),
    connect: ({ isLost }) => active.connect(hub, isLost),
    restart: () => active.restart(),
    damage: ({ count }) => damage(active.folder, count - 1),
    'give up': ({ count }) => giveUp(active.folder, count - 1),
    forget: ({ count, isLost }) => {
      forgetLast(count);
      if (!isLost) make();
      active.restart();
    },
    'back up': () => {
      backup = hub.backUp();
    },
    async restore() {
      hub = await openDeliveryHub(++restores, backup);
    },
    copy() {
      discard(other, active);
      other = active.copy();
      hadCopy = true;
    },
    swap() {
      if (other) [active, other] = [other, active];
    },
    image: () => {
      image = active.copy();
    },
    'go back': () => {
      if (!image) return;
      discard(active, image);
      active = image.copy();
      hadCopy = true;
    },
  };

  const note = () => {
    for (const [id, at] of active.numbers()) numbers.get(id)!.push(at);
  };
  const drain = async () => {
    // A stream that a disk has forgotten whole says nothing before its next message.
    make();
    await active.connect(hub);
    for (let batches = 0; await active.send(hub); batches++, note())
      assert.ok(batches < 500, 'delivery does not come to an end');
  };

  for (const step of history) {
    if (['swap', 'go back', 'restore', 'forget'].includes(step.kind)) {
      await take[step.kind]!(step);
      await active.connect(hub);
    } else await take[step.kind]!(step);
    note();
  }
  for (let turn = 0; turn < 4; turn++) {
    await drain();
    note();
    if (other) [active, other] = [other, active];
  }

  const isAnywhere = (id: string) => isHeld(active.folder, id) || (other && isHeld(other.folder, id));
  const isAccountedFor = (id: string) => hub.holds(id) || numbers.get(id)!.some((at) => hub.tellsOf(at));
  // Nobody tells what a device with a copy had delivered to a hub of before, and has no more (docs/backup.md), nor what
  // is damaged or given up under a number that had been another's (docs/offline.md).
  const isBeyondKnowing = isReused || (hadCopy && restores > 0);
  const isForgiven = (id: string) => !isAnywhere(id) && (forgiven.has(id) || isBeyondKnowing);
  return [...numbers.keys()].filter((id) => !isAccountedFor(id) && !isForgiven(id));
}

for (const [what, kinds] of [
  ['a disk that damages and forgets, and a hub that is set back', [...often, ...faults]],
  ['the same, and a disk that is copied and set back', [...often, ...faults, ...copying]],
] as const)
  test(`everything arrives, or is told as gone, with ${what}`, async () => {
    await fc.assert(
      fc.asyncProperty(steps(...kinds), async (history) => assert.deepEqual(await run(history), [])),
      { seed: SEED, numRuns: 100 },
    );
  });
