import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@skerry/kit';
import { manualClock, seededRandom } from '@skerry/kit/testing';
import type { LinkConnection } from '../link/link.ts';
import { type SessionOptions, sessions } from './session.ts';

test('a connection that comes about while the agent stops is closed', async () => {
  const clock = manualClock();
  const { promise: connected, resolve: connect } = Promise.withResolvers<LinkConnection>();
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  let hellos = 0;
  const talk = sessions({
    link: { connect: () => connected },
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    uplink: { states: async () => [], end() {} },
    reporter: { end() {} },
    state: { recall: () => undefined },
    boots: () => [],
  } as unknown as SessionOptions);
  talk.start();
  const stopped = talk.stop();
  connect({
    ended,
    hello: () => hellos++,
    close: async () => end('closed'),
  } as unknown as LinkConnection);
  const isStopped = await Promise.race([stopped.then(() => true), clock.advance(1_000).then(() => false)]);
  assert.deepEqual([isStopped, hellos, clock.waiting], [true, 0, 0]);
});
