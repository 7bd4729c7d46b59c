import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodePorts } from '@skerry/kit/node';
import { otherThread } from './other-thread.ts';
import { currentThreadId, pinThread } from './pin.ts';
import { coreReservations } from './reserve.ts';
import { threadStatus } from './thread-status.ts';

const ports = nodePorts();
const cores = process.platform === 'linux' ? threadStatus('self').cores : [];
const own = cores.at(-1)!;
const rest = cores.slice(0, -1);
const coresOf = (threadId: number) => threadStatus(threadId).cores;

test('a core is for one thread alone until it is released', { skip: rest.length === 0 }, async (t) => {
  const [model, other] = [await otherThread(t), await otherThread(t)];
  const reservations = coreReservations(ports);
  assert.deepEqual(await reservations.reserve(model, [own]), { done: true });
  assert.deepEqual([coresOf(model), coresOf(other), coresOf(currentThreadId()!)], [[own], rest, rest]);
  const later = await otherThread(t);
  assert.deepEqual(coresOf(later), rest, 'a thread that comes later keeps off too');
  await reservations.share(later, cores);
  assert.deepEqual(coresOf(later), rest);
  await reservations.release(model);
  assert.deepEqual([coresOf(other), coresOf(later), coresOf(currentThreadId()!)], [cores, cores, cores]);
});

test('who has no other core stays', { skip: rest.length === 0 }, async (t) => {
  const [model, other] = [await otherThread(t), await otherThread(t)];
  const reservations = coreReservations(ports);
  await pinThread(ports, other, [own]);
  await reservations.reserve(model, [own]);
  assert.deepEqual(coresOf(other), [own]);
  await reservations.release(model);
  assert.deepEqual(coresOf(currentThreadId()!), cores);
});

test('a reservation that cannot be moves nobody', { skip: rest.length === 0 }, async (t) => {
  const reservations = coreReservations(ports);
  const placed = await reservations.reserve(await otherThread(t), [4095]);
  assert.equal(placed.done, false);
  assert.deepEqual(coresOf(currentThreadId()!), cores);
  assert.equal((await reservations.reserve(undefined, [own])).done, false);
});
