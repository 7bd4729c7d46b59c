import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SkerryError } from '../errors.ts';
import { manualClock } from '../testing/manual-clock.ts';
import { openLog } from './index.ts';
import type { LogOptions } from './log.ts';

function capture(options: Partial<LogOptions> & { isTTY?: boolean } = {}) {
  const clock = manualClock();
  const lines: string[] = [];
  const out = { write: (line: string) => lines.push(line), isTTY: options.isTTY };
  const log = openLog({ clock, name: 'agent', env: { NO_COLOR: '1' }, out, ...options });
  return { clock, log, lines, parsed: () => lines.map((line) => JSON.parse(line)) };
}
const away = new SkerryError({ code: 'Unreachable', detail: 'no route', next: 'Wait.' });

test('under a service, each line is JSON with pino’s names', () => {
  const { clock, log, parsed } = capture();
  log.child({ part: 'link' }).info('connected', { tries: 2 });
  const [line] = parsed();
  assert.deepEqual(
    { ...line, pid: 0 },
    { level: 30, time: clock.now(), pid: 0, name: 'agent', part: 'link', tries: 2, msg: 'connected' },
  );
});

test('an error of ours is its code, message and what to do; another has its stack', () => {
  const { log, parsed } = capture();
  log.error('failed', { error: away });
  log.error('failed', { error: new TypeError('oops', { cause: new Error('deep') }) });
  assert.deepEqual(parsed()[0].err, { type: 'Unreachable', message: 'no route', next: 'Wait.' });
  assert.equal(parsed()[1].err.message, 'oops: deep');
  assert.match(parsed()[1].err.stack, /log\.test\.ts/);
});

test('below its level nothing is written', () => {
  const { log, lines } = capture({ level: 'warn' });
  log.debug('a');
  log.info('b');
  log.warn('c');
  assert.equal(lines.length, 1);
});

test('a hub that is away costs one line a minute', async () => {
  const { clock, log, parsed } = capture();
  for (let tries = 0; tries < 300; tries++) {
    log.warn('the hub is away', { error: away, tries });
    await clock.advance(1_000);
  }
  assert.deepEqual(
    parsed().map(({ times }) => times),
    [undefined, 60, 60, 60, 60],
  );
  log.flush();
  assert.equal(parsed().at(-1).times, 59);
});

test('what differs by name is told apart, and information is always written', () => {
  const { log, lines } = capture();
  log.warn('refused', { device: 'a' });
  log.warn('refused', { device: 'b' });
  log.warn('refused', { device: 'a' });
  log.info('joined', { device: 'a' });
  log.info('joined', { device: 'a' });
  assert.equal(lines.length, 4);
});

test('what repeats is remembered for a bounded number of kinds', () => {
  const { log, lines } = capture();
  for (let kind = 0; kind < 1_000; kind++) log.warn('refused', { device: `d${kind}` });
  log.flush();
  assert.equal(lines.length, 1_000);
});

test('secrets are taken out, by name and by form, at any depth', () => {
  const { log, lines } = capture();
  log.info('login', {
    token: 'sk-1',
    headers: { Authorization: 'Bearer sk-2', accept: '*' },
    list: [{ apiKey: 'sk-3' }],
    pem: '-----BEGIN PRIVATE KEY-----\nsk-4',
    bytes: Buffer.from('sk-5'),
    tokens: 3,
  });
  assert.doesNotMatch(lines.join(), /sk-/);
  assert.match(lines.join(), /"accept":"\*".*"tokens":3/);
});

test('a cycle or a deep value ends somewhere', () => {
  const { log, lines } = capture();
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  log.info('deep', { cycle });
  assert.equal(lines.length, 1);
});

test('on a terminal a line is for people, and a name cannot write one of its own', () => {
  const { clock, log, lines } = capture({ isTTY: true });
  log.warn('refused', { device: 'a\n\u001b[2J', error: away });
  assert.match(
    lines[0]!,
    /^\d\d:\d\d:\d\d warn {2}refused device=a\\n\\u001b\[2J: no route \(Unreachable\)\n$/,
  );
  assert.equal(clock.waiting, 0);
});

test('NO_COLOR decides over colour', () => {
  const painted = capture({ isTTY: true, env: {} });
  painted.log.info('hello');
  assert.ok(painted.lines[0]!.includes('\u001b['));
  const bare = capture({ isTTY: true });
  bare.log.info('hello');
  assert.ok(!bare.lines[0]!.includes('\u001b['));
});
