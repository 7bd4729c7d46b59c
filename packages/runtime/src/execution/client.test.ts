import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { modelSpec } from '@skerry/contracts';
import { isSkerryError, type SkerryError } from '@skerry/kit';
import { nodeClock } from '@skerry/kit/node';
import { manualClock } from '@skerry/kit/testing';
import fc from 'fast-check';
import { modelStats } from '../metrics/model-stats.ts';
import type { Wire } from '../serving/wire.ts';
import { remote } from './client.ts';
import { latencyTable, latencyTableBytes } from './latency-table.ts';
import type { InstanceLink, ToInstance } from './protocol.ts';
import { threadBoard, threadBoardBytes } from './thread-board.ts';
import { versionBoard, versionBoardBytes } from './version-board.ts';

const wire = { name: 'rest' } as Wire;
const timing = { queueUs: 0, inputUs: 0, inferUs: 0, outputUs: 0 };

/** The other end of a link, which answers as it is told. */
function farEnd(instance: number) {
  const { port1, port2 } = new MessageChannel();
  after(() => port1.close());
  const [thread, table] = [threadBoardBytes, latencyTableBytes(1)].map(
    (bytes) => new SharedArrayBuffer(bytes),
  );
  latencyTable(table!).record(1, 1000);
  const jobs: number[] = [];
  port1.on('message', (message: ToInstance) => {
    if (message.type === 'job') jobs.push(message.id);
  });
  const link: InstanceLink = { instance, port: port2, thread: thread!, table: table! };
  return { link, jobs, port: port1, board: threadBoard(thread!) };
}

function testRemote(serving = {}, more = {}) {
  const board = new SharedArrayBuffer(versionBoardBytes);
  const spec = modelSpec.parse({ serving });
  const stats = modelStats();
  const to = remote({ name: 'm', spec, stats, clock: nodeClock(), board, ...more });
  const outcomes: string[][] = [];
  const submit = (bytes = Buffer.from('{}')) => {
    const outcome: string[] = [];
    outcomes.push(outcome);
    const done = (error: unknown) =>
      void outcome.push(error ? ((error as SkerryError).code ?? 'failed') : 'answered');
    const body = { bytes, headerLength: undefined, media: '' };
    return to.submit({ wire, body, done });
  };
  return { to, submit, outcomes, stats, pending: () => versionBoard(board, 1).pending };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const reply = (port: MessagePort, id: number) => port.postMessage({ id, text: '', binary: [], timing });

const step = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: 'submit' as const }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'add' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), which: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), which: fc.nat(2) }) },
);

test('every job is answered once, or not at all where nobody waits, and nothing stays counted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { to, submit, outcomes, pending } = testRemote({ queueLimit: 10 });
      const cancels: (() => void)[] = [];
      const cancelled = new Set<number>();
      const ends = [farEnd(1)];
      to.change({ type: 'added', link: ends[0]!.link });
      for (const it of steps) {
        const end = ends[('which' in it ? it.which : 0) % ends.length]!;
        if (it.do === 'submit') cancels.push(submit());
        else if (it.do === 'add') {
          ends.push(farEnd(ends.length + 1));
          to.change({ type: 'added', link: ends.at(-1)!.link });
        } else if (it.do === 'answer' && end.jobs.length > 0) reply(end.port, end.jobs.shift()!);
        else if (it.do === 'lose') to.change({ type: 'lost', instance: end.link.instance, why: 'lost' });
        else if (it.do === 'die') end.port.close();
        else if (it.do === 'cancel' && cancels.length > 0) {
          const which = it.which % cancels.length;
          cancels[which]!();
          cancelled.add(which);
        }
        if (it.do !== 'submit') await turn();
      }
      to.close();
      for (let i = 0; i < 3; i++) await turn();
      for (const [which, outcome] of outcomes.entries())
        assert.ok(outcome.length === 1 || (outcome.length === 0 && cancelled.has(which)), String(outcome));
      assert.deepEqual(
        [to.pending, pending(), ...ends.map(({ board }) => board.workUs)],
        [0, 0, ...ends.map(() => 0)],
      );
    }),
    { numRuns: 60 },
  );
});

test('takes the instance that has the least to do', async () => {
  const { to, submit } = testRemote();
  const [one, other] = [farEnd(1), farEnd(2)];
  to.change({ type: 'added', link: one.link });
  to.change({ type: 'added', link: other.link });
  for (let i = 0; i < 6; i++) submit();
  one.board.addWork(50_000);
  submit();
  for (let i = 0; i < 3; i++) await turn();
  assert.deepEqual([one.jobs.length, other.jobs.length], [3, 4]);
  to.close();
});

test('refuses at once what the queue has no room for, and what could not be in time', async () => {
  const { to, submit, outcomes, stats } = testRemote({ latencyObjective: '5ms', queueLimit: 10 });
  const end = farEnd(1);
  for (let i = 0; i < 50; i++) latencyTable(end.link.table).record(1, 1000);
  to.change({ type: 'added', link: end.link });
  for (let i = 0; i < 4; i++) submit();
  assert.deepEqual(outcomes, [[], [], [], ['Overloaded']]);
  assert.ok(isSkerryError(to.admit(10, 0), 'Overloaded'));
  assert.equal(to.admit(10, 1_000_000), undefined);
  assert.equal(stats.failures.REJECTED, 2);
  to.close();
});

test('gives a body away with its memory, and copies what Node keeps', async () => {
  const { to, submit } = testRemote();
  const end = farEnd(1);
  to.change({ type: 'added', link: end.link });
  const [own, inRoom, kept] = [
    Buffer.from(new ArrayBuffer(100_000)),
    Buffer.from(new ArrayBuffer(10)).subarray(2),
    Buffer.from('8 bytes.'),
  ];
  for (const body of [own, inRoom, kept]) submit(body);
  assert.deepEqual([own.length, inRoom.length, kept.length], [0, 0, 8]);
  to.close();
});

test('asks for a first instance when one is needed, and lets jobs wait for it', async () => {
  let asked = 0;
  const wantInstance = async () => void asked++;
  const { to, submit, outcomes } = testRemote({}, { wantInstance });
  submit();
  submit();
  assert.equal(asked, 1);
  const end = farEnd(1);
  to.change({ type: 'added', link: end.link });
  for (let i = 0; i < 3; i++) await turn();
  for (const id of end.jobs) reply(end.port, id);
  for (let i = 0; i < 3; i++) await turn();
  assert.deepEqual(outcomes, [['answered'], ['answered']]);
  to.close();
});

test('where no instance can be had, jobs are told why, and the next one asks again', async () => {
  let asked = 0;
  const wantInstance = () => Promise.reject(new Error(`no, for the ${++asked}. time`));
  const { to, submit, outcomes } = testRemote({}, { wantInstance });
  submit();
  await turn();
  submit();
  await turn();
  assert.deepEqual([asked, outcomes], [2, [['failed'], ['failed']]]);
  to.close();
});

test('jobs wait for an instance no longer than is sensible', async () => {
  const clock = manualClock();
  const { submit, outcomes, pending } = testRemote({}, { clock });
  submit();
  const cancel = submit();
  cancel();
  await clock.advance(20_000);
  assert.deepEqual([outcomes, pending()], [[['InstanceLost'], []], 0]);
});
