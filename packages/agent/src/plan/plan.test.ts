import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DesiredModel, PipelineSpec } from '@skerry/contracts';
import fc from 'fast-check';
import {
  attemptOf,
  type Current,
  partOf,
  type Step,
  type Target,
  type Version,
  versionKey,
} from './model.ts';
import { isSame, modelsOf, nextSteps } from './plan.ts';

const names = ['digits', 'faces', 'noise'];
const digests = ['1', '2', '3'].map((digit) => `sha256:${digit.repeat(64)}`);

const pipelineOf = (model: string): PipelineSpec => ({
  source: { http: { maxInFlight: 64 } },
  stages: [{ infer: { model } }],
  sinks: { hub: { outbox: { stream: 'result' } } },
});
const desired = (digest: string): DesiredModel => ({
  digest,
  version: digest[7]!,
  repository: 'default/models/x',
});

const target = (models: Record<string, string>, pipelines: Record<string, string> = {}): Target => ({
  models: new Map(Object.entries(models).map(([name, digest]) => [name, desired(digest)])),
  pipelines: new Map(Object.entries(pipelines).map(([name, model]) => [name, pipelineOf(model)])),
});

const nothing: Current = {
  runtimeUp: true,
  serving: new Map(),
  pipelines: new Map(),
  stored: new Set(),
  begun: new Set(),
  proven: new Map(),
  refused: new Set(),
  resting: new Set(),
  busy: new Set(),
};
const [one, two, three] = digests as [string, string, string];
const version = (digest: string): Version => ({ version: digest[7]!, digest });
const doing = (steps: Step[]) => steps.map((step) => `${step.do} ${partOf(step)}`);

test('a model is pulled, then loaded, then its pipeline put', () => {
  const wanted = target({ digits: one }, { camera: 'digits' });
  assert.deepEqual(doing(nextSteps(nothing, wanted)), [`pull artifact/${one}`]);
  const stored = { ...nothing, stored: new Set([one]) };
  assert.deepEqual(doing(nextSteps(stored, wanted)), ['load model/digits']);
  const serving = { ...stored, serving: new Map([['digits', version(one)]]) };
  assert.deepEqual(doing(nextSteps(serving, wanted)), ['putPipeline pipeline/camera']);
});

test('a runtime that is down stops no download, and is asked for nothing', () => {
  const down = {
    ...nothing,
    runtimeUp: false,
    stored: new Set([one]),
    pipelines: new Map([['old', pipelineOf('a')]]),
  };
  assert.deepEqual(doing(nextSteps(down, target({ digits: one, faces: two }))), [`pull artifact/${two}`]);
});

test('a refused version is not tried again: the proven one serves', () => {
  const current = {
    ...nothing,
    stored: new Set([one, two]),
    proven: new Map([['digits', version(one)]]),
    refused: new Set([versionKey('digits', two)]),
  };
  const [step, ...more] = nextSteps(current, target({ digits: two }));
  assert.deepEqual(step, { do: 'load', model: 'digits', version: version(one) });
  assert.deepEqual(more, []);
  const back = { ...current, serving: new Map([['digits', version(one)]]) };
  assert.deepEqual(nextSteps(back, target({ digits: two })), []);
});

test('while the wanted version is pulled, the proven one is loaded beside it', () => {
  const current = { ...nothing, stored: new Set([one]), proven: new Map([['digits', version(one)]]) };
  assert.deepEqual(doing(nextSteps(current, target({ digits: two }))), [
    `pull artifact/${two}`,
    'load model/digits',
  ]);
});

test('one model’s failure holds up no other', () => {
  const failed = nextSteps(nothing, target({ digits: one }))[0]!;
  const resting = { ...nothing, resting: new Set([attemptOf(failed)]), stored: new Set([two]) };
  assert.deepEqual(doing(nextSteps(resting, target({ digits: one, faces: two }))), ['load model/faces']);
});

test('what nobody needs is collected once nothing else can be done, what was only half pulled too', () => {
  const serving = { ...nothing, stored: new Set([one]), serving: new Map([['digits', version(one)]]) };
  const begun = { ...serving, begun: new Set([two]) };
  const collect: Step[] = [{ do: 'collect', keep: [one] }];
  assert.deepEqual(nextSteps(begun, target({ digits: one })), collect);
  assert.deepEqual(nextSteps(begun, target({ digits: one, faces: two })), [
    { do: 'pull', model: 'faces', wanted: desired(two) },
  ]);
  const other = target({ digits: three });
  const pull = nextSteps(begun, other)[0]!;
  assert.equal(pull.do, 'pull');
  const resting = { ...begun, resting: new Set([attemptOf(pull)]) };
  assert.deepEqual(nextSteps(resting, other), [{ do: 'collect', keep: [three, one] }], 'it may lack room');
  assert.deepEqual(nextSteps({ ...begun, busy: new Set([partOf(pull)]) }, other), []);
  assert.deepEqual(nextSteps({ ...resting, runtimeUp: false, serving: new Map() }, other), []);
  assert.deepEqual(nextSteps({ ...begun, busy: new Set([partOf(collect[0]!)]) }, other), []);
});

test('a model whose pipeline still runs is not unloaded before it', () => {
  const current = {
    ...nothing,
    serving: new Map([['digits', version(one)]]),
    pipelines: new Map([['camera', pipelineOf('digits')]]),
    stored: new Set([one]),
  };
  assert.deepEqual(doing(nextSteps(current, target({}))), ['removePipeline pipeline/camera']);
});

test('names that objects have by nature are names like others', () => {
  assert.deepEqual(doing(nextSteps(nothing, target({ constructor: one }))), [`pull artifact/${one}`]);
});

// A world in which every step does what it says, and some versions fail their acceptance.

interface World {
  serving: Map<string, Version>;
  pipelines: Map<string, PipelineSpec>;
  stored: Set<string>;
  begun: Set<string>;
  proven: Map<string, Version>;
  refused: Set<string>;
}

function take(world: World, step: Step, bad: ReadonlySet<string>): void {
  switch (step.do) {
    case 'pull':
      assert.ok(!world.stored.has(step.wanted.digest), 'pulls what is there');
      world.begun.delete(step.wanted.digest);
      world.stored.add(step.wanted.digest);
      return;
    case 'load': {
      assert.ok(world.stored.has(step.version.digest), 'loads what is not there');
      const key = versionKey(step.model, step.version.digest);
      assert.ok(!world.refused.has(key), 'loads what was refused');
      if (bad.has(key)) world.refused.add(key);
      else {
        world.serving.set(step.model, step.version);
        world.proven.set(step.model, step.version);
      }
      return;
    }
    case 'unload': {
      const inUse = [...world.pipelines.values()].flatMap(modelsOf);
      assert.ok(!inUse.includes(step.model), 'unloads what a pipeline uses');
      world.serving.delete(step.model);
      return;
    }
    case 'putPipeline':
      for (const model of modelsOf(step.spec))
        assert.ok(world.serving.has(model), 'a pipeline without its model');
      world.pipelines.set(step.pipeline, step.spec);
      return;
    case 'removePipeline':
      world.pipelines.delete(step.pipeline);
      return;
    case 'collect':
      for (const { digest } of world.serving.values())
        assert.ok(step.keep.includes(digest), 'collects what serves');
      world.stored = new Set([...world.stored].filter((digest) => step.keep.includes(digest)));
      world.begun = new Set([...world.begun].filter((digest) => step.keep.includes(digest)));
      return;
  }
}

const anyName = fc.constantFrom(...names);
const anyDigest = fc.constantFrom(...digests);
const anyVersions = fc.dictionary(anyName, anyDigest);
const anyWorld = fc
  .record({
    serving: anyVersions,
    proven: anyVersions,
    extra: fc.array(anyDigest),
    begun: fc.uniqueArray(anyDigest),
    pipes: fc.dictionary(fc.constantFrom('p', 'q'), anyName),
  })
  .map(
    ({ serving, proven, extra, begun, pipes }): World => ({
      serving: new Map(Object.entries(serving).map(([name, digest]) => [name, version(digest)])),
      proven: new Map(Object.entries(proven).map(([name, digest]) => [name, version(digest)])),
      pipelines: new Map(Object.entries(pipes).map(([name, model]) => [name, pipelineOf(model)])),
      stored: new Set([...Object.values(serving), ...extra]),
      begun: new Set(begun),
      refused: new Set(),
    }),
  );
const anyTarget = fc
  .record({ models: anyVersions, pipes: fc.dictionary(fc.constantFrom('p', 'q'), anyName) })
  .map(({ models, pipes }) => target(models, pipes));
const anyBad = fc.uniqueArray(fc.tuple(anyName, anyDigest).map(([name, digest]) => versionKey(name, digest)));

test('from anywhere, the steps lead to the target and then end', () => {
  fc.assert(
    fc.property(
      anyWorld,
      anyTarget,
      anyBad,
      fc.infiniteStream(fc.nat()),
      (world, wanted, badKeys, choices) => {
        const bad = new Set(badKeys);
        for (let round = 0; ; round++) {
          assert.ok(round < 40, 'goes on for ever');
          const steps = nextSteps({ ...nothing, ...world }, wanted);
          if (steps.length === 0) break;
          take(world, steps[choices.next().value % steps.length]!, bad);
        }
        for (const [model, { digest }] of wanted.models) {
          const serves = world.serving.get(model)?.digest === digest;
          assert.equal(serves, !world.refused.has(versionKey(model, digest)));
        }
        for (const [name, spec] of wanted.pipelines)
          if (modelsOf(spec).every((model) => world.serving.has(model)))
            assert.ok(isSame(world.pipelines.get(name), spec));
        for (const name of world.pipelines.keys())
          assert.ok(wanted.pipelines.has(name), 'a pipeline too many');
      },
    ),
    { numRuns: 500 },
  );
});

test('the steps of one answer work on different parts', () => {
  fc.assert(
    fc.property(anyWorld, anyTarget, (world, wanted) => {
      const parts = nextSteps({ ...nothing, ...world }, wanted).map(partOf);
      assert.equal(new Set(parts).size, parts.length);
    }),
  );
});
