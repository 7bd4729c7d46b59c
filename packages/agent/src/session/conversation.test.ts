import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hello } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { manualClock, seededRandom } from '@skerry/kit/testing';
import type { UplinkSession } from '../uplink/session.ts';
import { type ConversationOptions, openConversation } from './conversation.ts';

/** A connection on which every hello is welcomed at once, and a stream of which can be made to need settling. */
function welcomed(mayGoOn = Promise.resolve()) {
  const clock = manualClock();
  const hellos: number[] = [];
  let settleAnew = () => {};
  const connection = {
    address: 'wss://hub',
    hello({ session }: Hello) {
      hellos.push(clock.monotonic());
      const time = new Date(clock.now()).toISOString();
      queueMicrotask(() =>
        conversation.welcome({ session, protocol: 1, time, streams: [], reportVersion: 0 }),
      );
    },
    ...{ confirm() {}, batch() {}, report() {}, answer() {} },
    ended: new Promise<string>(() => {}),
    close: async () => {},
  };
  const options = {
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    uplink: {
      states: async () => [],
      begin: async ({ onAnew }: UplinkSession) => {
        settleAnew = onAnew;
        await mayGoOn;
      },
      end() {},
    },
    reporter: { begin() {}, end() {} },
    commands: { take() {} },
    boots: () => [],
    state: { recall: () => undefined, remember() {} },
    onWelcome() {},
  } as unknown as ConversationOptions;
  const conversation = openConversation(connection, options, () => {});
  /** How long it waits until it says hello again. */
  const anew = async () => {
    const [before, since] = [hellos.length, clock.monotonic()];
    settleAnew();
    while (hellos.length === before) await clock.advance(500);
    await clock.advance(0);
    return hellos.at(-1)! - since;
  };
  return { clock, anew, conversation, hellos, settleAnew: () => settleAnew() };
}

test('who has to settle a stream again and again waits ever longer, and after a good session not at all', async () => {
  const { clock, anew } = welcomed();
  await clock.advance(0);
  const pauses: number[] = [];
  for (let times = 0; times < 5; times++) pauses.push(await anew());
  assert.deepEqual(pauses, [0, 0, 2_000, 4_000, 8_000]);
  await clock.advance(299_000);
  assert.equal(await anew(), 16_000, 'it was not good yet');
  await clock.advance(300_000);
  assert.equal(await anew(), 0);
});

test('a connection that ended before the next hello hears none, and nothing waits for its answer', async () => {
  const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
  const { clock, conversation, hellos, settleAnew } = welcomed(mayGoOn);
  await clock.advance(0);
  settleAnew();
  await clock.advance(0);
  conversation.end();
  goOn();
  await clock.advance(0);
  assert.equal(hellos.length, 1);
  assert.equal(clock.waiting, 0);
});
