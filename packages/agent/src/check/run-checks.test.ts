import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSite } from '../testing/test-site.ts';
import { findingText, summaryText } from './check-text.ts';
import { checks } from './checks.ts';
import { type Finding, fail, pass, warn } from './finding.ts';
import { runChecks } from './run-checks.ts';

async function all(found: AsyncIterable<Finding>): Promise<Finding[]> {
  const list: Finding[] = [];
  for await (const finding of found) list.push(finding);
  return list;
}

test('a check that breaks, or never ends, is a failure of its own, and the others go on', {
  timeout: 10_000,
}, async () => {
  const site = await testSite();
  const looked = await site.look();
  const running = all(
    runChecks(looked, [
      { name: 'broken', run: () => Promise.reject(new Error('no such call')), deadlineMs: 10 },
      { name: 'endless', run: () => new Promise(() => {}), deadlineMs: 10 },
      { name: 'good', run: async () => [pass('well')], deadlineMs: 10 },
    ]),
  );
  await site.clock.advance(10);
  assert.deepEqual(
    (await running).map(({ check, status, message }) => `${check} ${status}: ${message}`),
    ['broken fail: no such call', 'endless fail: checking endless took longer than 10 ms', 'good pass: well'],
  );
});

test('without a state folder that alone is said, and what needs none is checked', async () => {
  const site = await testSite();
  await site.disk.writeAtomic('/a-file', '');
  const list = checks.filter(({ name }) => name !== 'engine');
  for (const folder of ['/nowhere', '/a-file']) {
    const found = await all(runChecks({ ...(await site.look()), folder }, list));
    assert.deepEqual(
      found.map(({ check }) => check),
      ['agent', 'files', 'clock', 'names', 'proxy'],
    );
  }
});

test('a damaged memory of the agent is told, and does not keep the rest from being checked', async () => {
  const site = await testSite();
  await site.join();
  site.state = () => Promise.reject(new Error('database disk image is malformed'));
  const found = await all(
    runChecks(
      await site.look(),
      checks.filter(({ name }) => name !== 'engine' && name !== 'link'),
    ),
  );
  assert.ok(found.some(({ status, message }) => status === 'fail' && /malformed/.test(message)));
  assert.ok(found.some(({ check, status }) => check === 'certificate' && status === 'pass'));
});

test('a person sees a mark, what it is, and what to do, whatever names do', () => {
  const finding = { check: 'files', ...fail('a\nb\u001b[2J', 'do c') };
  assert.equal(findingText(finding, false), '✗ files       a b [2J\n              → do c');
  assert.equal(findingText({ check: 'clock', ...pass('well') }, false), '✓ clock       well');
  const many = [finding, finding, { check: 'disk', ...warn('x', 'y') }];
  assert.equal(summaryText(many), '0 good, 1 warning, 2 failures');
});
