import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeError } from '@skerry/kit';
import { seededRandom } from '@skerry/kit/testing';
import type { Fault } from './run.ts';
import { startServer } from './server-target.ts';
import { openSession } from './session.ts';

const BATCHES = 4;

const fine = (fault: Fault | undefined) =>
  assert.equal(
    fault,
    undefined,
    fault && `${fault.target} on ${fault.input.toString('base64')}: ${describeError(fault.cause)}`,
  );

test('no parser is surprised by the corpus, nor by a few thousand changes of it', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const session = await openSession(server, seededRandom(1));
  fine(await session.replay());
  for (let batch = 0; batch < BATCHES; batch++) fine((await session.batch()).fault);
  for (const { target, seen } of session.targets)
    assert.ok(seen.size > 1, `${target.name} always says the same: ${[...seen]}`);
});
