import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HttpResponse, silentLogger } from '@skerry/kit';
import { manualClock, seededRandom } from '@skerry/kit/testing';
import { patientClient } from './patient-client.ts';

const request = { method: 'GET', deadlineMs: 1_000 };
const date = 'Sat, 21 Nov 2026 10:00:00 GMT';

/** Answers with each of these in turn, and then always with the last. */
function open(...answers: [status: number, headers?: Record<string, string>][]) {
  const clock = manualClock();
  const askedAt: number[] = [];
  let discarded = 0;
  const hub = {
    async request(): Promise<HttpResponse> {
      const [status, headers = {}] = answers[Math.min(askedAt.length, answers.length - 1)]!;
      askedAt.push(clock.monotonic());
      const discard = () => {
        discarded += 1;
      };
      return { status, headers, discard } as HttpResponse;
    },
  };
  const client = patientClient(hub, { clock, random: seededRandom(1), logger: silentLogger });
  const life = new AbortController();
  const asked: { status?: number; error?: unknown } = {};
  const ask = () =>
    client.request('/x', { ...request, signal: life.signal }).then(
      ({ status }) => void Object.assign(asked, { status }),
      (error) => void Object.assign(asked, { error }),
    );
  return { clock, askedAt, client, life, asked, ask, discarded: () => discarded };
}

test('it comes back when the hub says, a little later by chance, and only then', async () => {
  const { clock, askedAt, asked, ask, discarded } = open(
    [503, { 'retry-after': '30' }],
    [429, { 'retry-after': '1' }],
    [200],
  );
  void ask();
  await clock.advance(29_999);
  assert.equal(askedAt.length, 1);
  await clock.advance(10_000);
  assert.equal(asked.status, 200);
  const [, second = 0, third = 0] = askedAt;
  assert.ok(second >= 30_000 && second < 33_000, `${second}`);
  assert.ok(third - second >= 1_000 && third - second < 2_000, `${third - second}`);
  assert.equal(discarded(), 2);
});

test('a date counts from the sender’s own, whatever the time is here; a pause has a cap', async () => {
  const dated = open([503, { 'retry-after': 'Sat, 21 Nov 2026 10:00:20 GMT', date }], [200]);
  void dated.ask();
  await dated.clock.advance(23_000);
  assert.ok(dated.askedAt[1]! >= 20_000);
  const long = open([503, { 'retry-after': '86400' }], [200]);
  void long.ask();
  await long.clock.advance(3_600_000 * 1.1);
  assert.equal(long.asked.status, 200);
});

test('what does not say when, or is another answer, stands', async () => {
  for (const answer of [
    [503],
    [503, { 'retry-after': 'soon' }],
    [500, { 'retry-after': '1' }],
    [404],
  ] as const) {
    const { asked, ask, askedAt } = open(answer as never);
    await ask();
    assert.deepEqual([asked.status, askedAt.length], [answer[0], 1]);
  }
});

test('who is asked to stop stops waiting, who could not be asked does not wait, and nobody waits for ever', async () => {
  const stopped = open([503, { 'retry-after': '30' }]);
  const asking = stopped.ask();
  await stopped.clock.advance(1_000);
  stopped.life.abort(new Error('another intent'));
  await asking;
  assert.equal((stopped.asked.error as Error).message, 'another intent');
  assert.equal(stopped.clock.waiting, 0);

  const { client } = open([503, { 'retry-after': '30' }]);
  assert.equal((await client.request('/x', request)).status, 503);

  const never = open([503, { 'retry-after': '1' }]);
  void never.ask();
  await never.clock.advance(3_600_000);
  assert.deepEqual([never.asked.status, never.askedAt.length], [503, 51]);
});
