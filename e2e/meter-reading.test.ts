import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import {
  cliEntry,
  entryOf,
  nodeArguments,
  openStage,
  processesOf,
  runCli,
  type Stage,
  until,
} from '@skerry/testkit';

interface Device {
  readonly name: string;
  readonly site: string;
  readonly ready: boolean;
  readonly model: string;
  readonly frames: number;
  readonly accuracy: number;
  readonly delivered: number;
  readonly captured: number;
}

const fields =
  'name site ready model frames accuracy p50_us p99_us captured delivered waiting dropped duplicates lost'.split(
    ' ',
  );
const seconds = 5;
const frameRate = 50;

test('the demo reads meters at three sites, and says with one line of JSON how that went', async (t) => {
  const stage = openStage(t);
  const result = await runCli(stage, ['demo', '--for', `${seconds}s`, '--json'], { deadline: 120_000 });
  assert.equal(result.code, 0, result.stderr);
  assert.equal(result.stdout.split('\n').length, 1, 'nothing else is on stdout');
  const { devices, ready_s, ...rest } = result.json<{ devices: Device[]; ready_s: number }>();
  assert.deepEqual(rest, {});
  assert.ok(ready_s > 0);
  assert.deepEqual(
    devices.map(({ name, site }) => `${name} ${site}`),
    ['camera1 leeds', 'camera2 york', 'camera3 hull'],
  );
  for (const device of devices) {
    assert.deepEqual(Object.keys(device), fields);
    const { waiting, dropped, duplicates, lost } = device as unknown as Record<string, number>;
    assert.deepEqual(
      { waiting, dropped, duplicates, lost },
      { waiting: 0, dropped: 0, duplicates: 0, lost: 0 },
    );
    assert.equal(device.ready, true);
    assert.equal(device.model, 'digits:1');
    assert.ok(device.delivered >= 0.9 * seconds * frameRate, `${device.site} delivered ${device.delivered}`);
    assert.ok(device.delivered <= device.frames);
  }
  const [leeds, york, hull] = devices as [Device, Device, Device];
  assert.ok(leeds.accuracy >= 0.97 && york.accuracy >= 0.97, `${leeds.accuracy} and ${york.accuracy}`);
  assert.ok(hull.accuracy < 0.9, `${hull.accuracy} at the site with the bad camera`);
  assert.ok(hull.captured > leeds.captured + york.captured, 'the bad camera’s unsure frames are kept');
});

test('Ctrl-C ends the demo and all that it started, and gives the terminal back', {
  skip: noTerminal(),
}, async (t) => {
  const stage = openStage(t);
  const demo = onTerminal(stage, ['demo']);
  const screen = () => demo.stdout.join('\n');
  await until(() => screen().includes('CORRECT') && /\d+\.\d %/.test(screen()), {
    what: 'readings are on the screen',
    deadline: 60_000,
  });
  assert.ok(count(screen(), cursor.hide) > 0, 'the demo has the screen to itself');

  demo.type('\x03');
  assert.equal((await demo.exited).code, 0);
  assert.equal(
    screen().lastIndexOf(cursor.show) > screen().lastIndexOf(cursor.hide),
    true,
    'the cursor is back',
  );
  assert.equal(count(screen(), alternate.enter), count(screen(), alternate.leave), 'the screen is back');
  assert.deepEqual(processesOf(stage.folder), []);
});

test('SIGTERM in the middle of a timed demo ends all that it started, as it is shipped', async (t) => {
  const stage = openStage(t, { built: true });
  const demo = stage.start({ name: 'demo', entry: cliEntry, args: ['demo', '--for', '60s', '--json'] });
  const cameras = () =>
    processesOf(stage.folder).filter(({ command }) => command.includes('/camera/main.ts'));
  await until(() => cameras().length === 3, { what: 'three cameras film', deadline: 60_000 });
  demo.signal('SIGTERM');
  assert.equal((await demo.exited).code, 130);
  assert.deepEqual(processesOf(stage.folder), []);
});

const cursor = { hide: '\x1b[?25l', show: '\x1b[?25h' };
const alternate = { enter: '\x1b[?1049h', leave: '\x1b[?1049l' };

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** Runs `skerry ARGS` on a terminal of its own (util-linux `script`). */
function onTerminal(stage: Stage, args: readonly string[]) {
  const command = [process.execPath, ...nodeArguments, entryOf(cliEntry), ...args]
    .map((word) => `'${word}'`)
    .join(' ');
  return stage.start({
    name: 'terminal',
    command: 'script',
    args: ['--quiet', '--return', '--command', `stty rows 30 columns 100; exec ${command}`, '/dev/null'],
    input: { open: true },
  });
}

function noTerminal(): string | false {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux')
      ? false
      : 'needs util-linux’s script';
  } catch {
    return 'needs util-linux’s script, to have a terminal';
  }
}
