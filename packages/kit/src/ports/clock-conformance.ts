import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, every } from './clock.ts';

/** What every `Clock` must do. `pass` lets at least so many of its milliseconds go by. */
export function clockConformance(
  name: string,
  setUp: () => { clock: Clock; pass(ms: number): Promise<void> },
): void {
  const check = (what: string, run: (clock: Clock, pass: (ms: number) => Promise<void>) => Promise<void>) =>
    test(`${name}: ${what}`, () => {
      const { clock, pass } = setUp();
      return run(clock, pass);
    });

  check('goes forward', async (clock, pass) => {
    const [now, monotonic] = [clock.now(), clock.monotonic()];
    await pass(5);
    assert.ok(clock.now() > now);
    assert.ok(clock.monotonic() > monotonic);
  });

  check('runs a timer once, after those due before it', async (clock, pass) => {
    const ran: string[] = [];
    clock.timer(30, () => ran.push('late'));
    clock.timer(5, () => ran.push('soon'));
    await passUntil(pass, () => ran.length === 2);
    assert.deepEqual(ran, ['soon', 'late']);
  });

  check('does not run what was stopped', async (clock, pass) => {
    let ran = 0;
    const stop = clock.timer(5, () => ran++);
    stop();
    stop();
    await pass(20);
    assert.equal(ran, 0);
  });

  check('takes months without firing at once', async (clock, pass) => {
    let ran = 0;
    const stop = clock.timer(90 * 86_400_000, () => ran++);
    await pass(10);
    stop();
    assert.equal(ran, 0);
  });

  check('repeats until stopped, also from within', async (clock, pass) => {
    let ran = 0;
    const stop = every(clock, 2, () => {
      ran++;
      if (ran === 3) stop();
    });
    await passUntil(pass, () => ran === 3);
    await pass(10);
    assert.equal(ran, 3);
  });

  check('sleeps, and wakes with the reason when told to', async (clock, pass) => {
    const slept = clock.sleep(5);
    await pass(10);
    await slept;
    const controller = new AbortController();
    const cut = assert.rejects(clock.sleep(60_000, controller.signal), /enough/);
    controller.abort(new Error('enough'));
    await cut;
    await assert.rejects(clock.sleep(1, AbortSignal.abort(new Error('before'))), /before/);
  });
}

/** Lets time go by until `holds`, on a busy machine for longer; the assertion that follows says if it never did. */
async function passUntil(pass: (ms: number) => Promise<void>, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !holds(); tries++) await pass(5);
}
