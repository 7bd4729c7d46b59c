import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jobQueue, LEVELS, type Waiting } from './queue.ts';

interface Job extends Waiting {
  readonly number: number;
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('push' as const), priority: fc.nat(12), deadline: fc.nat(50) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), now: fc.nat(50) }) },
);
const level = ({ priority }: Job) => Math.min(Math.max(1, priority), LEVELS);
const inOrder = (jobs: readonly Job[]) =>
  [...jobs].sort((a, b) => level(a) - level(b) || a.number - b.number);

test('behaves as a list sorted by priority and arrival, with a limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
      const queue = jobQueue<Job>(limit);
      let model: Job[] = [];
      const all: Job[] = [];
      for (const it of steps) {
        if (it.do === 'push') {
          const job = { number: all.length, priority: it.priority, deadline: it.deadline };
          all.push(job);
          assert.equal(queue.push(job), model.length < limit);
          if (model.length < limit) model.push(job);
        } else if (it.do === 'take') {
          const head = queue.head();
          assert.equal(head, inOrder(model)[0]);
          assert.equal(head !== undefined && queue.remove(head), head !== undefined);
          model = model.filter((job) => job !== head);
        } else if (it.do === 'remove' && all.length > 0) {
          const job = all[it.which % all.length]!;
          assert.equal(queue.remove(job), model.includes(job));
          model = model.filter((other) => other !== job);
        } else if (it.do === 'expire') {
          const late = inOrder(model.filter(({ deadline }) => deadline <= it.now));
          assert.deepEqual(queue.expired(it.now), late);
          model = model.filter((job) => !late.includes(job));
        }
        assert.equal(queue.size, model.length);
      }
      assert.deepEqual(queue.clear(), inOrder(model));
      assert.equal(queue.size, 0);
    }),
  );
});
