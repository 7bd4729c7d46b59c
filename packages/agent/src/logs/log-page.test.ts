import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandArgs, LogLine } from '@skerry/contracts';
import { manualClock, memoryDisk } from '@skerry/kit/testing';
import fc from 'fast-check';
import { logPage } from './log-page.ts';

const folder = '/state';
const agentLog = `${folder}/log/agent.log`;
const runtimeLog = `${folder}/runtime/log/runtime.log`;
const lineOf = (time: number, msg: string, more = {}) =>
  `${JSON.stringify({ level: 30, time, pid: 1, name: 'x', ...more, msg })}\n`;

async function openLogs(now = 100_000) {
  const clock = manualClock(now);
  const disk = memoryDisk(() => clock.now());
  for (const path of [`${folder}/log`, `${folder}/runtime/log`]) await disk.makeFolder(path);
  const append = async (path: string, text: string) => {
    const file = await disk.openAppend(path);
    await file.write(Buffer.from(text));
    await file.close();
  };
  const ask = (question: Partial<CommandArgs<'logs'>> = {}, maxBytes = 100_000) =>
    logPage({
      ports: { disk, clock },
      folder,
      question: { parts: ['agent', 'runtime'], ...question },
      maxBytes,
      scrub: (line) => line,
    });
  /** As the agent does it with its own file. */
  const rotate = async () => {
    for (const [from, to] of [
      ['.2', '.3'],
      ['.1', '.2'],
      ['', '.1'],
    ])
      if (await disk.stat(`${agentLog}${from}`)) await disk.rename(`${agentLog}${from}`, `${agentLog}${to}`);
  };
  return { clock, disk, append, ask, rotate };
}
const said = ({ lines }: { lines: readonly LogLine[] }) => lines.map(({ msg }) => msg);

test('a page has what fits, merged by time, and the next goes on there', async () => {
  const { append, ask } = await openLogs();
  await append(`${agentLog}.1`, lineOf(1, 'a1') + lineOf(4, 'a4'));
  await append(agentLog, lineOf(5, 'a5'));
  await append(runtimeLog, `${lineOf(2, 'r2')}no log line\n${lineOf(6, 'r6')}`);
  assert.deepEqual(said(await ask()), ['a1', 'r2', 'no log line', 'a4', 'a5', 'r6']);
  const pages: string[][] = [];
  let page = await ask({}, 120);
  for (; page.more; page = await ask({ after: page.next }, 120)) pages.push(said(page));
  assert.equal(pages.length, 2);
  assert.deepEqual([...pages, said(page)].flat(), ['a1', 'r2', 'no log line', 'a4', 'a5', 'r6']);
});

test('a log of the runtime that was begun anew goes on, though the clock went back', async () => {
  const { disk, ask } = await openLogs();
  await disk.writeAtomic(runtimeLog, lineOf(2_000, 'of a clock ahead'));
  const first = await ask();
  await disk.writeAtomic(`${runtimeLog}.1`, lineOf(2_000, 'of a clock ahead, kept') + lineOf(1_000, 'right'));
  await disk.writeAtomic(runtimeLog, lineOf(1_001, 'new 1'));
  const second = await ask({ after: first.next });
  await disk.writeAtomic(runtimeLog, lineOf(1_001, 'new 1') + lineOf(1_002, 'new 2'));
  const third = await ask({ after: second.next });
  assert.deepEqual([...said(second), ...said(third)], ['new 1', 'new 2']);
});

test('the last lines, and those of the last while', async () => {
  const { append, ask } = await openLogs(10_000);
  for (let time = 1; time <= 9; time++)
    await append(agentLog, lineOf(time * 1000, `a${time}`, { x: 'y'.repeat(500) }));
  await append(runtimeLog, lineOf(1, 'r old'));
  assert.deepEqual(said(await ask({ tail: 2 })), ['a8', 'a9']);
  const since = await ask({ sinceMs: 2_500 });
  assert.deepEqual(said(since), ['a8', 'a9']);
  assert.deepEqual(said(await ask({ sinceMs: 5_500, tail: 1 })), ['a9']);
  assert.deepEqual(said(await ask({ after: since.next })), [], 'what was left out does not come later');
  await append(runtimeLog, lineOf(9_500, 'r new'));
  assert.deepEqual(said(await ask({ after: since.next })), ['r new']);
  assert.deepEqual(said(await ask({ parts: ['runtime'], tail: 5 })), ['r old', 'r new']);
});

test('a runtime’s file that was begun anew, and one that is gone', async () => {
  const { disk, append, ask } = await openLogs();
  await append(runtimeLog, lineOf(1, 'r1') + lineOf(2, 'r2'));
  const { next } = await ask();
  await disk.writeAtomic(`${runtimeLog}.1`, lineOf(2, 'r2') + lineOf(3, 'r3'));
  await disk.writeAtomic(runtimeLog, lineOf(4, 'r4'));
  const page = await ask({ after: next });
  assert.deepEqual([said(page), page.missed], [['r3', 'r4'], true], 'by time, and it says so');
  await disk.removeTree(`${folder}/runtime`);
  assert.deepEqual(said(await ask({ after: page.next })), []);
});

test('a line that is too long for a page is cut, and a wrong cursor refused', async () => {
  const { append, ask } = await openLogs();
  await append(agentLog, lineOf(1, 'x'.repeat(50_000)));
  const { lines } = await ask({}, 20_000);
  assert.ok(lines[0]!.msg.length < 5_000 && lines[0]!.msg.endsWith('…'));
  await assert.rejects(ask({ after: 'nonsense' }), { code: 'InvalidRequest' });
});

test('behind a file that is gone, all that the agent said comes, whatever its clock did', async () => {
  const { append, ask, rotate } = await openLogs();
  await append(agentLog, lineOf(1_000, 'read'));
  const { next } = await ask();
  await rotate();
  await append(agentLog, lineOf(900, 'unread'));
  for (let times = 0; times < 3; times++) await rotate();
  const page = await ask({ after: next });
  assert.deepEqual([said(page), page.missed], [['unread'], true]);
});

test('whatever is written, rotated and read in whatever order, each line comes once and in order', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }).map((lines) => ({ lines })) },
    { weight: 1, arbitrary: fc.constant({ rotate: true }) },
    { weight: 3, arbitrary: fc.integer({ min: 120, max: 1_000 }).map((bytes) => ({ bytes })) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { append, ask, rotate } = await openLogs();
      const written: string[] = [];
      const read: string[] = [];
      let after: string | undefined;
      let unread = 0;
      const readPage = async (bytes: number) => {
        const page = await ask(after === undefined ? {} : { after }, bytes);
        after = page.next;
        read.push(...said(page));
        if (!page.more) unread = 0;
        return page.more;
      };
      for (const it of steps) {
        if ('bytes' in it) await readPage(it.bytes);
        // Nobody reads what three files ago was written.
        else if ('rotate' in it) unread < 3 && written.length > 0 && (await rotate().then(() => unread++));
        else
          for (let line = 0; line < it.lines; line++) {
            const number = written.push(`line ${written.length}`);
            // A clock that stands still, and goes back at times.
            await append(agentLog, lineOf(1_000 - (number % 7), written.at(-1)!, { number }));
          }
      }
      while (await readPage(1_000));
      assert.deepEqual(read, written);
    }),
    { numRuns: 150 },
  );
});
