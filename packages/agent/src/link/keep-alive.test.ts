import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { keepAlives } from './keep-alive.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const way = 'mqtt-tls mqtts://hub:8883';

test('a way that forgets silent connections is asked more often, down to half a minute, and others are not', () => {
  const learnt = keepAlives();
  const seen: number[] = [];
  for (let i = 0; i < 5; i++) {
    learnt.fellSilent(way, learnt.of(way, 4 * MINUTE));
    learnt.opened(way);
    seen.push(learnt.of(way, 4 * MINUTE));
  }
  assert.deepEqual(seen, [120_000, 60_000, 30_000, 30_000, 30_000]);
  assert.equal(learnt.of('another', 4 * MINUTE), 4 * MINUTE);
  assert.equal(learnt.of(way, 10_000), 10_000, 'never above that of the pace');
});

test('a line that was away for all is none that forgets', () => {
  const learnt = keepAlives();
  learnt.fellSilent(way, 4 * MINUTE);
  learnt.failed(way);
  learnt.opened(way);
  assert.equal(learnt.of(way, 4 * MINUTE), 4 * MINUTE);
});

test('what holds is asked less often again, step by step, the later the more often it fell silent', () => {
  const learnt = keepAlives();
  const live = (days: number) => learnt.lived(way, learnt.of(way, 4 * MINUTE), days * DAY);
  const silence = () => {
    learnt.fellSilent(way, learnt.of(way, 4 * MINUTE));
    learnt.opened(way);
  };
  silence();
  live(0.9);
  assert.equal(learnt.of(way, 4 * MINUTE), 2 * MINUTE);
  live(1);
  assert.equal(learnt.of(way, 4 * MINUTE), 2.5 * MINUTE);
  live(1);
  live(1);
  live(1);
  assert.equal(learnt.of(way, 4 * MINUTE), 4 * MINUTE);
  silence();
  live(1.9);
  assert.equal(learnt.of(way, 4 * MINUTE), 2 * MINUTE);
  live(2);
  assert.equal(learnt.of(way, 4 * MINUTE), 2.5 * MINUTE);
});

test('whatever happens, it lies between half a minute and that of the pace', () => {
  const step = fc.constantFrom('silent', 'failed', 'opened', 'lived');
  const pace = fc.integer({ min: 30_000, max: 15 * MINUTE });
  fc.assert(
    fc.property(pace, fc.array(step), (paceMs, steps) => {
      const learnt = keepAlives();
      for (const what of steps) {
        const now = learnt.of(way, paceMs);
        if (what === 'silent') learnt.fellSilent(way, now);
        if (what === 'failed') learnt.failed(way);
        if (what === 'opened') learnt.opened(way);
        if (what === 'lived') learnt.lived(way, now, 40 * DAY);
        const next = learnt.of(way, paceMs);
        assert.ok(next >= 30_000 && next <= paceMs, `${next}`);
      }
    }),
  );
});
