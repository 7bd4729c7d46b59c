import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryText } from '@skerry/kit/log';
import { manualClock, memoryDisk } from '@skerry/kit/testing';
import fc from 'fast-check';
import { type LogEntry, lineOf, parseLine } from './log-entry.ts';
import { readLines } from './read-lines.ts';
import { followLogs, type Marks, readLogs } from './read-logs.ts';

const folder = '/state';
const agentLog = `${folder}/log/agent.log`;
const runtimeLog = `${folder}/runtime/log/runtime.log`;

const line = (time: number, msg: string, more = {}) =>
  `${JSON.stringify({ level: 30, time, pid: 1, name: 'x', ...more, msg })}\n`;

async function openDisk(files: Readonly<Record<string, string>>) {
  const disk = memoryDisk();
  for (const path of [`${folder}/log`, `${folder}/runtime/log`]) await disk.makeFolder(path);
  for (const [path, text] of Object.entries(files)) await disk.writeAtomic(path, text);
  return disk;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
const said = (entries: readonly LogEntry[]) => entries.map(({ message }) => message);

test('the lines of agent and runtime come in the order of their times, from the oldest file on', async () => {
  const disk = await openDisk({
    [`${agentLog}.2`]: line(1, 'a1'),
    [`${agentLog}.1`]: line(3, 'a3'),
    [agentLog]: line(6, 'a6'),
    [`${runtimeLog}.1`]: line(2, 'r2'),
    [runtimeLog]: `${line(4, 'r4')}runtime: cannot go on\n${line(7, 'r7')}`,
  });
  const question = { folder, parts: ['agent', 'runtime'] as const, since: 0 };
  const entries = await all(readLogs(disk, question));
  assert.deepEqual(said(entries), ['a1', 'r2', 'a3', 'r4', 'runtime: cannot go on', 'a6', 'r7']);
  assert.equal(entries[4]?.time, 4, 'a line without a time is as old as the one before');
  assert.deepEqual(said(await all(readLogs(disk, { ...question, since: 4 }))), [
    'r4',
    'runtime: cannot go on',
    'a6',
    'r7',
  ]);
  assert.deepEqual(said(await all(readLogs(disk, { ...question, parts: ['agent'] }))), ['a1', 'a3', 'a6']);
});

test('following gives what is added, across a file begun anew, and each line once', {
  timeout: 10_000,
}, async () => {
  const long = line(1, 'one', { text: 'x'.repeat(200) });
  const disk = await openDisk({ [agentLog]: `${long}{"level":30,"ti` });
  const clock = manualClock(1_000);
  const question = { folder, parts: ['agent'] as const, since: 0 };
  const marks: Marks = new Map();
  assert.deepEqual(said(await all(readLogs(disk, question, marks))), ['one']);
  const stop = new AbortController();
  const following = followLogs({ disk, clock }, question, marks, stop.signal);

  const whole = `${long}${line(2, 'two')}${line(3, 'three')}`;
  await disk.writeAtomic(`${agentLog}.1`, whole);
  await disk.writeAtomic(agentLog, line(4, 'four'));
  const came: string[] = [];
  for await (const { message } of following) {
    came.push(message);
    if (message === 'four') break;
  }
  stop.abort();
  assert.deepEqual(came, ['two', 'three', 'four']);
});

test('no folder of logs is no error', async () => {
  const question = { folder: '/nowhere', parts: ['agent', 'runtime'] as const, since: 0 };
  assert.deepEqual(await all(readLogs(memoryDisk(), question)), []);
});

test('lines are those of the text, wherever a chunk ends', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\n', ' '))),
      fc.integer({ min: 0, max: 300_000 }),
      async (texts, length) => {
        const lines = ['x'.repeat(length), ...texts];
        const disk = await openDisk({ [agentLog]: `${lines.join('\n')}\nand half` });
        const read = await all(readLines(disk, agentLog, 0));
        assert.deepEqual(
          read.map(({ text }) => text),
          lines,
        );
        assert.equal(read.at(-1)?.end, Buffer.byteLength(`${lines.join('\n')}\n`));
      },
    ),
    { numRuns: 30 },
  );
});

test('any line can be read, shown to a person in one line, and given to a program', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.object().map((o) => JSON.stringify(o)),
      ),
      (text) => {
        const entry = parseLine(text, 'runtime', 5);
        const shown = entryText(entry, false);
        assert.ok(['\n', '\r', '\u001b'].every((char) => !shown.includes(char)));
        assert.equal(JSON.parse(lineOf(entry)).name, 'runtime');
      },
    ),
  );
});

test('a person sees when, who, how grave, what and why', () => {
  const text = line(Date.UTC(2026, 10, 21, 12), 'not connected', {
    level: 40,
    host: 'hub',
    times: 3,
    err: { type: 'Unreachable', message: 'refused' },
  });
  assert.match(
    entryText(parseLine(text, 'agent', 0), false),
    /^2026-11-2\d \d\d:00:00 agent {3}warn {2}not connected host=hub ×3: refused$/,
  );
});
