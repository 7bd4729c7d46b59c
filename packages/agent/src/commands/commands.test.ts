import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command, CommandAnswer } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { manualClock } from '@skerry/kit/testing';
import fc from 'fast-check';
import { agentError } from '../errors.ts';
import { memoryCommands } from '../testing/memory-commands.ts';
import { type Actions, commands } from './commands.ts';
import type { CommandRecords } from './records.ts';
import { maxRecords, stepFor } from './step.ts';

const session = '01900000-0000-7000-8000-00000000000a';
const idOf = (number: number) => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;

const commandOf = (number: number, more: Partial<Command> = {}): Command => ({
  id: idOf(number),
  session,
  number,
  settled: 0,
  kind: 'ping',
  leftMs: 60_000,
  args: {},
  ...more,
});

const turns = async (count = 20) => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};

interface Device {
  readonly actions?: Partial<Actions>;
  readonly records?: CommandRecords;
}

function openDevice({ actions = {}, records = memoryCommands().commands }: Device = {}) {
  const clock = manualClock();
  const answers: CommandAnswer[] = [];
  const begun: string[] = [];
  const did = (kind: string) => async () => {
    begun.push(kind);
    return {};
  };
  const all: Actions = {
    ping: did('ping'),
    logs: did('logs'),
    check: did('check'),
    'restart-runtime': did('restart-runtime'),
    ...actions,
  };
  const it = commands({ records, actions: all, clock, logger: silentLogger });
  const take = async (command: Command) => {
    it.take(command, (answer) => answers.push(answer));
    await turns();
  };
  return { ...it, take, clock, answers, begun };
}

test('a repeat gets the answer that was given, and nothing is done again', async () => {
  const device = openDevice();
  await device.take(commandOf(1));
  const other = '01900000-0000-7000-8000-00000000000b';
  await device.take(commandOf(1, { session: other }));
  assert.deepEqual(device.begun, ['ping']);
  assert.deepEqual(device.answers, [
    { id: idOf(1), session, outcome: 'done', result: {} },
    { id: idOf(1), session: other, outcome: 'done', result: {} },
  ]);
});

test('one that was sent twice and comes late, when the hub has its answer, is not done again', async () => {
  const device = openDevice();
  await device.take(commandOf(1));
  await device.take(commandOf(2, { settled: 1 }));
  await device.take(commandOf(1));
  assert.deepEqual(device.begun, ['ping', 'ping']);
  assert.equal(device.answers.length, 2);
  // A hub that was restored gives the number anew.
  await device.take(commandOf(1, { id: idOf(9), session: '01900000-0000-7000-8000-00000000000b' }));
  assert.equal(device.begun.length, 3);
});

test('what is asked again while it runs is answered once, where it was asked last', async () => {
  const { promise, resolve } = Promise.withResolvers<Record<string, never>>();
  const device = openDevice({ actions: { check: () => promise } });
  await device.take(commandOf(1, { kind: 'check' }));
  const other = '01900000-0000-7000-8000-00000000000b';
  await device.take(commandOf(1, { kind: 'check', session: other }));
  resolve({});
  await turns();
  assert.deepEqual(
    device.answers.map((answer) => answer.session),
    [other],
  );
});

test('what fails, what takes too long and what is too large says so', async () => {
  const device = openDevice({
    actions: {
      ping: () => Promise.reject(agentError('Unavailable', 'not now')),
      check: () => new Promise(() => {}),
      logs: async () => ({ lines: 'x'.repeat(200_000) }),
    },
  });
  await device.take(commandOf(1));
  await device.take(commandOf(2, { kind: 'check', leftMs: 5_000 }));
  await device.take(commandOf(3, { kind: 'logs' }));
  await device.clock.advance(5_000);
  await turns();
  const said = device.answers.map(({ outcome, reason }) => `${outcome} ${reason}`);
  assert.deepEqual(said, ['failed Unavailable', 'failed PayloadTooLarge', 'failed DeadlineExceeded']);
});

test('nothing is done that this agent does not know, with arguments that it does not take, or too late', async () => {
  const device = openDevice();
  await device.take(commandOf(1, { kind: 'dance' }));
  await device.take(commandOf(2, { kind: 'logs', args: { after: 7 } }));
  await device.take(commandOf(3, { leftMs: 0 }));
  const said = device.answers.map(({ outcome, reason }) => `${outcome} ${reason}`);
  assert.deepEqual(said, ['refused Unsupported', 'refused InvalidRequest', 'expired CommandExpired']);
  assert.deepEqual(device.begun, []);
});

test('while nothing can be noted nothing is done, and afterwards it is', async () => {
  const { commands: records } = memoryCommands();
  let isFull = true;
  const begin: CommandRecords['begin'] = (command) => {
    if (isFull) throw agentError('DiskFull', 'no room');
    records.begin(command);
  };
  const device = openDevice({ records: { ...records, begin } });
  await device.take(commandOf(1));
  assert.deepEqual([device.begun, device.answers], [[], []]);
  isFull = false;
  await device.take(commandOf(1));
  assert.deepEqual(
    device.answers.map(({ outcome }) => outcome),
    ['done'],
  );
});

test('what the hub has settled is forgotten; a hub that settles nothing is refused in the end', async () => {
  const { commands: records } = memoryCommands();
  const device = openDevice({ records });
  for (let number = 1; number <= 5; number++) await device.take(commandOf(number, { settled: number - 3 }));
  assert.equal(records.count(), 3);
  const step = stepFor(commandOf(6), undefined, maxRecords);
  assert.equal(step.step === 'answer' && step.outcome.reason, 'TooManyRequests');
});

/*
 * A hub that asks again until it has an answer, and a device that is killed before or after any of its commits, or
 * whose answers get lost. Whatever happens: nothing is begun twice, no two answers differ, a message is in the inbox
 * once and in its order, and only what was begun when the device was killed is unknown.
 */

class Killed extends Error {}

type Kill = { readonly atCall: number; readonly when: 'before' | 'after' };

/** Records that end their process at one of their calls. */
function mortal(records: CommandRecords, kill: Kill | undefined) {
  let calls = 0;
  let dead = false;
  const commit =
    <Args extends unknown[], T>(work: (...args: Args) => T) =>
    (...args: Args): T => {
      if (dead) throw new Killed();
      calls += 1;
      const dies = kill?.atCall === calls;
      if (dies && kill.when === 'before') dead = true;
      if (dead) throw new Killed();
      const result = work(...args);
      if (dies) dead = true;
      if (dead) throw new Killed();
      return result;
    };
  const wrapped: CommandRecords = {
    find: records.find,
    count: records.count,
    begin: commit(records.begin),
    settle: commit(records.settle),
    receive: commit(records.receive),
    forget: records.forget,
  };
  return { records: wrapped, isDead: () => dead };
}

test('at each commit: killed before it, and killed after it', async () => {
  const cases = [
    ['ping', 'begin', { atCall: 1, when: 'before' }, 'done', 1],
    ['ping', 'begin', { atCall: 1, when: 'after' }, 'unknown', 0],
    ['ping', 'settle', { atCall: 2, when: 'before' }, 'unknown', 1],
    ['ping', 'settle', { atCall: 2, when: 'after' }, 'done', 1],
    ['message', 'receive', { atCall: 1, when: 'before' }, 'done', 0],
    ['message', 'receive', { atCall: 1, when: 'after' }, 'done', 0],
  ] as const;
  for (const [kind, commit, kill, outcome, times] of cases) {
    const what = `${kind}, ${kill.when} ${commit}`;
    const { commands: records, inbox } = memoryCommands();
    const command = commandOf(1, { kind, args: kind === 'message' ? { body: 'b' } : {} });
    const process = mortal(records, kill);
    const first = openDevice({ records: process.records });
    await first.take(command);
    assert.ok(process.isDead(), `${what}: it was killed`);
    const heard = first.answers.length;
    const second = openDevice({ records });
    await second.take(command);
    assert.deepEqual([heard, second.answers.map((it) => it.outcome)], [0, [outcome]], what);
    assert.equal(first.begun.length + second.begun.length, times, what);
    assert.equal(inbox.after(0).messages.length, kind === 'message' ? 1 : 0, what);
  }
});

const life = fc.record({
  kill: fc.option(
    fc.record({
      atCall: fc.integer({ min: 1, max: 6 }),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
    { nil: undefined },
  ),
  /** Which of its answers get lost. */
  loses: fc.array(fc.boolean(), { maxLength: 8 }),
});
const kinds = fc.array(fc.constantFrom('ping', 'check', 'message'), { minLength: 1, maxLength: 6 });

test('killed before or after any commit, a device does each thing once at most, and says what it knows', async () => {
  await fc.assert(
    fc.asyncProperty(kinds, fc.array(life, { maxLength: 6 }), async (asked, lives) => {
      const { commands: records, inbox } = memoryCommands();
      const begun = new Map<string, number>();
      const answers = new Map<string, string>();
      const finalLife = { kill: undefined, loses: [] };
      for (const { kill, loses } of [...lives, finalLife]) {
        const process = mortal(records, kill);
        let said = 0;
        const hear = (answer: CommandAnswer) => {
          if (process.isDead()) return;
          const text = JSON.stringify({ ...answer, session: '' });
          assert.equal(answers.get(answer.id) ?? text, text, 'two answers differ');
          if (!loses[said++]) answers.set(answer.id, text);
        };
        let current = '';
        const note = async () => {
          if (process.isDead()) throw new Killed();
          begun.set(current, (begun.get(current) ?? 0) + 1);
          return {};
        };
        const actions = { ping: note, check: note, logs: note, 'restart-runtime': note };
        const clock = manualClock();
        const device = commands({ records: process.records, actions, clock, logger: silentLogger });
        for (const [index, kind] of asked.entries()) {
          if (process.isDead()) break;
          const open = asked.findIndex((_, at) => !answers.has(idOf(at + 1)));
          const args = kind === 'message' ? { body: index } : {};
          if (answers.has(idOf(index + 1))) continue;
          current = idOf(index + 1);
          device.take(commandOf(index + 1, { kind, args, settled: open === -1 ? asked.length : open }), hear);
          await turns();
          // Messages are sent one by one.
          if (kind === 'message' && !answers.has(current)) break;
        }
      }
      const device = openDevice({ records });
      for (const [index, kind] of asked.entries())
        if (!answers.has(idOf(index + 1)))
          await device.take(commandOf(index + 1, { kind, args: kind === 'message' ? { body: index } : {} }));
      for (const answer of device.answers) answers.set(answer.id, JSON.stringify(answer));

      for (const [index, kind] of asked.entries()) {
        const id = idOf(index + 1);
        const { outcome } = JSON.parse(answers.get(id) ?? '{}');
        assert.ok((begun.get(id) ?? 0) <= 1, 'it was begun twice');
        if (kind === 'message') assert.equal(outcome, 'done', 'a message is never unknown');
        else assert.ok(outcome === 'done' || outcome === 'unknown', `${kind}: ${outcome}`);
      }
      const numbered = inbox.after(0).messages.map(({ body }) => body);
      const expected = asked.flatMap((kind, index) => (kind === 'message' ? [index] : []));
      assert.deepEqual(numbered, expected, 'each message once, in order');
    }),
    { numRuns: 500 },
  );
});
