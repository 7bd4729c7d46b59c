import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nodeDisk } from '../ports/node/disk.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { killLimit, killStreams } from './testing/kill-streams.ts';
import { assertWithin, ledger } from './testing/ledger.ts';

const LIVES = 20;
const CHILD = fileURLToPath(new URL('./testing/append-forever.ts', import.meta.url));

const root = await mkdtemp(join(tmpdir(), 'skerry-outbox-kill-'));
after(() => rm(root, { recursive: true }));

/** Lets a child append until it is killed; resolves when all that it said is read. */
async function oneLife(
  folder: string,
  onLine: (line: string) => void,
  work: () => Promise<void>,
): Promise<void> {
  const args = [...process.execArgv.filter((arg) => !arg.startsWith('--test')), CHILD, folder];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout! });
  const open = once(lines, 'line');
  lines.on('line', onLine);
  const ended = Promise.all([once(lines, 'close'), once(child, 'exit')]);
  await Promise.race([open, ended]);
  await work();
  child.kill('SIGKILL');
  const [, [, signal]] = await ended;
  assert.equal(signal, 'SIGKILL', 'it ended because it was killed');
}

test(`a process that is killed ${LIVES} times loses nothing that it promised, and keeps to its quota`, async () => {
  const folder = join(root, 'runtime');
  const disk = nodeDisk();
  const names = killStreams.map(({ name }) => name);
  const book = ledger(disk, folder, names);
  const random = seededRandom(Date.now());
  let promised = 0;
  const isGivenUp = async () =>
    (await Promise.all(names.map((name) => disk.stat(`${folder}/${name}/dropped.json`)))).some(Boolean);
  // On a slow disk it takes more of them until there is no room left.
  for (let life = 0; life < LIVES || (life < 10 * LIVES && !(await isGivenUp())); life++) {
    const note = (line: string) => {
      const [, stream, number, text] = /^(\w+) (\d+) (\S+)$/.exec(line) ?? [];
      if (stream === undefined) return;
      promised++;
      book.promise(stream, Number(number), text!);
    };
    await oneLife(folder, note, async () => {
      await sleep(random.number() * 60);
      await book.deliver(names[life % names.length]!, random.number());
    });
    await assertWithin(disk, folder, killLimit);
  }
  await book.settle((told, text) => told.replace(/x*$/, '') === text);
  assert.ok(promised > LIVES, `${promised} messages were promised`);
  assert.ok(await isGivenUp(), 'some were given up for want of room');
});
