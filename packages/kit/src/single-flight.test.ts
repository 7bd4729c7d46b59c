import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { singleFlight } from './single-flight.ts';

/** Runs that end when told to; `ends` holds how. */
function controlled() {
  const ends: { done: () => void; fail: (error: Error) => void; signal: AbortSignal }[] = [];
  const errors: unknown[] = [];
  let inFlight = 0;
  const flight = singleFlight(
    async (signal) => {
      inFlight++;
      assert.equal(inFlight, 1, 'one run at a time');
      await new Promise<void>((done, fail) => ends.push({ done, fail, signal })).finally(() => inFlight--);
    },
    (error) => errors.push(error),
  );
  return { flight, ends, errors };
}

test('triggers during a run are one more run', async () => {
  const { flight, ends } = controlled();
  flight.trigger();
  flight.trigger();
  flight.trigger();
  assert.equal(ends.length, 1);
  ends[0]!.done();
  await setImmediate();
  assert.equal(ends.length, 2);
  ends[1]!.done();
  await flight.idle();
  assert.equal(flight.running, false);
  assert.equal(ends.length, 2);
});

test('an error ends its run only', async () => {
  const { flight, ends, errors } = controlled();
  flight.trigger();
  ends[0]!.fail(new Error('oops'));
  await flight.idle();
  flight.trigger();
  ends[1]!.done();
  await flight.idle();
  assert.equal(errors.length, 1);
});

test('restart aborts the run in flight and runs again; what the abort threw is no error', async () => {
  const { flight, ends, errors } = controlled();
  flight.trigger();
  flight.restart();
  assert.equal(ends[0]!.signal.aborted, true);
  ends[0]!.fail(ends[0]!.signal.reason);
  await setImmediate();
  assert.equal(ends[1]!.signal.aborted, false);
  ends[1]!.done();
  await flight.idle();
  assert.deepEqual(errors, []);
});

test('after stop nothing runs', async () => {
  const { flight, ends } = controlled();
  flight.trigger();
  flight.trigger();
  const stopped = flight.stop();
  ends[0]!.fail(ends[0]!.signal.reason);
  await stopped;
  flight.trigger();
  flight.restart();
  await flight.idle();
  assert.equal(ends.length, 1);
});

test('whatever comes when, there is one run at a time and one that begins after the last trigger', async () => {
  const act = fc.constantFrom('trigger', 'restart', 'done', 'fail');
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
      const { flight, ends } = controlled();
      let begunAtTrigger = -1;
      let ended = 0;
      const end = (how: string) => {
        const run = ends[ended];
        if (!run) return;
        ended++;
        if (how === 'done') run.done();
        else run.fail(new Error('oops'));
      };
      for (const it of acts) {
        if (it === 'trigger' || it === 'restart') {
          begunAtTrigger = ends.length;
          flight[it]();
        } else end(it);
        await setImmediate();
      }
      while (flight.running) {
        end('done');
        await setImmediate();
      }
      assert.ok(ends.length > begunAtTrigger, 'a run began after the last trigger');
    }),
    { numRuns: 50 },
  );
});
