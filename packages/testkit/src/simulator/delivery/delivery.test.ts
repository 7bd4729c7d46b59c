import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { account } from './account.ts';
import { type DeliveryDevice, deliveryDevice } from './delivery-device.ts';
import { openDeliveryHub } from './delivery-hub.ts';
import { append, damage, giveUp } from './folder.ts';

/*
 * The agent's own delivery of a stream against the hub's own taking of it, step by step and without the time between:
 * what the simulator meets in years comes about here in seconds. Answers get lost; records are damaged, given up and
 * forgotten; the hub is set back; the disk is copied and set back too.
 */

const often = ['make', 'make', 'send', 'send', 'send', 'connect', 'restart'] as const;
const faults = ['damage', 'give up', 'forget', 'back up', 'restore'] as const;
const copying = ['copy', 'swap', 'swap', 'image', 'go back'] as const;
type Kind = (typeof often | typeof faults | typeof copying)[number];
interface Step {
  readonly kind: Kind;
  readonly count: number;
  readonly isLost: boolean;
}

/** The same histories in every run of the tests; others by changing it. */
const SEED = 1;
const stepOf = (kinds: readonly Kind[]): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    count: fc.integer({ min: 1, max: 3 }),
    isLost: fc.integer({ min: 0, max: 3 }).map((it) => it === 0),
  });
const stepsOf = (kinds: readonly Kind[]) =>
  fc.array(stepOf(kinds), { minLength: 10, maxLength: 60, size: 'max' });

/** The hub, the device that is switched on, and its copy. */
async function openSite() {
  const books = account();
  let hub = await openDeliveryHub(0);
  let backup: DatabaseSync = hub.backUp();
  let restores = 0;
  let active = deliveryDevice();
  let other: DeliveryDevice | undefined;
  let image: DeliveryDevice | undefined;

  const make = () => append(active.folder, books.make());
  const swap = () => {
    if (other) [active, other] = [other, active];
  };
  const take: Record<Kind, (step: Step) => unknown> = {
    make: ({ count }) => Array.from({ length: count }, make),
    send: ({ isLost }) => active.send(hub, isLost),
    connect: ({ isLost }) => active.connect(hub, isLost),
    restart: () => active.restart(),
    damage: ({ count }) => damage(active.folder, count - 1),
    'give up': ({ count }) => giveUp(active.folder, count - 1),
    async forget({ count, isLost }) {
      books.forget(active, count, hub);
      if (!isLost) make();
      active.restart();
      await active.connect(hub);
    },
    'back up': () => {
      backup = hub.backUp();
    },
    async restore() {
      hub = await openDeliveryHub(++restores, backup);
      await active.connect(hub);
    },
    copy() {
      books.discard(other, active);
      books.copied();
      other = active.copy();
    },
    async swap() {
      swap();
      await active.connect(hub);
    },
    image: () => {
      image = active.copy();
    },
    async 'go back'() {
      if (!image) return;
      books.discard(active, image);
      books.copied();
      active = image.copy();
      await active.connect(hub);
    },
  };

  return {
    async take(step: Step) {
      await take[step.kind](step);
      books.note(active);
    },
    /** Delivers all that there is; a stream that a disk has forgotten whole says nothing before its next message. */
    async drain() {
      make();
      await active.connect(hub);
      books.note(active);
      for (let batches = 0; await active.send(hub); batches++) {
        books.note(active);
        assert.ok(batches < 500, 'delivery does not come to an end');
      }
      swap();
    },
    lacking: () => books.lacking(hub, restores > 0, other ? [active, other] : [active]),
  };
}

/** One of the two may disagree with what the hub took of the other. */
const DRAINS = 4;

async function lackingAfter(steps: readonly Step[]) {
  const site = await openSite();
  for (const step of steps) await site.take(step);
  for (let drains = 0; drains < DRAINS; drains++) await site.drain();
  return site.lacking();
}

for (const [what, kinds] of [
  ['a disk that damages and forgets, and a hub that is set back', [...often, ...faults]],
  ['the same, and a disk that is copied and set back', [...often, ...faults, ...copying]],
] as const)
  test(`everything arrives, or is told as gone, with ${what}`, async () => {
    const arrives = async (steps: readonly Step[]) => assert.deepEqual(await lackingAfter(steps), []);
    await fc.assert(fc.asyncProperty(stepsOf(kinds), arrives), { seed: SEED, numRuns: 100 });
  });
