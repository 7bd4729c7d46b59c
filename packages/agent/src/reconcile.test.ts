import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DesiredModel } from '@skerry/contracts';
import type { Current, Step, Target, Version } from './plan/model.ts';
import { reconciler } from './reconcile.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const desired = (digit: string): DesiredModel => ({ digest: digest(digit), version: digit, repository: 'r' });

/** A device whose steps end when the test says so. */
function open(models: Record<string, string>) {
  let target: Target = {
    models: new Map(Object.entries(models).map(([name, digit]) => [name, desired(digit)])),
    pipelines: new Map(),
  };
  const serving = new Map<string, Version>();
  const stored = new Set<string>();
  const flying: { step: Step; signal: AbortSignal; end: () => void }[] = [];
  let reports = 0;
  const device = reconciler({
    desired: () => target,
    look: (busy): Current => ({
      runtimeUp: true,
      serving,
      pipelines: new Map(),
      stored,
      begun: new Set(),
      proven: new Map(),
      refused: new Set(),
      resting: new Set(),
      busy,
    }),
    apply: (step, signal) =>
      new Promise((resolve) => {
        flying.push({ step, signal, end: resolve });
        signal.addEventListener('abort', () => resolve());
      }),
    report: () => reports++,
    onError: (error) => assert.fail(String(error)),
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    device,
    serving,
    stored,
    flying,
    turn,
    reports: () => reports,
    want(next: Record<string, string>) {
      target = {
        ...target,
        models: new Map(Object.entries(next).map(([name, digit]) => [name, desired(digit)])),
      };
    },
    async end(index: number) {
      const { step, end } = flying[index]!;
      if (step.do === 'pull') stored.add(step.wanted.digest);
      if (step.do === 'load') serving.set(step.model, step.version);
      end();
      await turn();
    },
  };
}
const doing = (flying: { step: Step }[]) => flying.map(({ step }) => step.do);

test('it goes on until nothing is left to do, and reports each round', async () => {
  const { device, flying, turn, end, reports } = open({ digits: '1' });
  device.trigger();
  await turn();
  await end(0);
  await end(1);
  assert.deepEqual(doing(flying), ['pull', 'load']);
  assert.equal(reports(), 3);
  await device.stop();
});

test('a long download holds up nothing that comes up meanwhile', async () => {
  const { device, flying, stored, turn, end } = open({ digits: '1', faces: '2' });
  stored.add(digest('2'));
  device.trigger();
  await turn();
  assert.deepEqual(doing(flying), ['pull', 'load']);
  await end(1);
  stored.add(digest('1'));
  device.trigger();
  await turn();
  assert.deepEqual(doing(flying), ['pull', 'load', 'load'], 'the download is still under way');
  await device.stop();
});

test('looks do not wait for a step, and its end brings the next however many there were', async () => {
  const { device, flying, turn, end, reports } = open({ digits: '1' });
  for (let look = 1; look <= 3; look++) {
    device.trigger();
    await turn();
    assert.equal(reports(), look);
  }
  await end(0);
  assert.deepEqual(doing(flying), ['pull', 'load']);
  assert.equal(reports(), 4);
  await device.stop();
});

test('a new intent cancels what is under way for the one before', async () => {
  const { device, flying, turn, want } = open({ digits: '1' });
  device.trigger();
  await turn();
  want({ digits: '2' });
  device.restart();
  await turn();
  assert.equal(flying[0]?.signal.aborted, true);
  assert.equal(flying[1]?.step.do === 'pull' && flying[1].step.wanted.digest, digest('2'));
  await device.stop();
});
