import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DesiredModel, Json, Labels } from '@skerry/contracts';
import fc from 'fast-check';
import { type Layer, layer } from './layer.ts';

const model = (version: string): DesiredModel => ({
  digest: `sha256:${version.padStart(64, '0')}`,
  version,
  repository: 'default/models/digits',
});
const pipeline: Json = {
  source: { http: {} },
  stages: [{ infer: { model: 'digits' } }],
  sinks: { hub: { outbox: { stream: 'result' } } },
};
const deployment = (name: string, priority: number, rest: Partial<Layer> = {}): Layer => ({
  name,
  priority,
  selector: {},
  models: {},
  pipelines: {},
  ...rest,
});
const everything = { labels: {} as Labels };

describe('layering deployments', () => {
  test('a device that nothing selects should do nothing', () => {
    const other = deployment('a', 1, {
      selector: { matchLabels: { role: 'meter' } },
      models: { digits: model('1') },
    });
    assert.deepEqual(layer(everything, [other]), {
      body: { models: {}, pipelines: {} },
      provenance: [],
      deployments: [],
      faults: [],
    });
  });

  test('the higher priority wins, field by field, and what lost is named', () => {
    const base = deployment('base', 1, {
      models: { digits: model('1') },
      pipelines: { camera: { ...(pipeline as object), source: { http: { maxInFlight: 8 } } } },
    });
    const hull = deployment('hull', 5, {
      models: { digits: model('2') },
      pipelines: { camera: { sinks: { till: { webhook: { url: 'http://127.0.0.1:9000/' } } } } },
    });
    const { body, provenance, deployments } = layer(everything, [base, hull]);
    assert.equal(body.models.digits?.version, '2');
    assert.deepEqual(body.pipelines.camera?.source, { http: { maxInFlight: 8 } });
    assert.deepEqual(Object.keys(body.pipelines.camera?.sinks ?? {}), ['hub', 'till']);
    assert.deepEqual(deployments, ['hull', 'base']);
    const who = Object.fromEntries(provenance.map((it) => [it.pointer, it]));
    assert.deepEqual(who['/models/digits/version'], {
      pointer: '/models/digits/version',
      deployment: 'hull',
      priority: 5,
      overrides: ['base'],
    });
    assert.deepEqual(who['/models/digits/repository']?.overrides, [], 'both said the same');
    assert.equal(who['/pipelines/camera/source/http/maxInFlight']?.deployment, 'base');
    assert.equal(
      who['/pipelines/camera/sinks/till/webhook/timeout']?.deployment,
      'hull',
      'a default is its writer’s',
    );
  });

  test('at the same priority the name that sorts first wins', () => {
    const layers = [
      deployment('b', 1, { models: { m: model('2') } }),
      deployment('a', 1, { models: { m: model('1') } }),
    ];
    assert.equal(layer(everything, layers).body.models.m?.version, '1');
  });

  test('a sink of another kind replaces the sink', () => {
    const base = deployment('base', 1, { models: { digits: model('1') }, pipelines: { camera: pipeline } });
    const file = deployment('file', 2, {
      pipelines: { camera: { sinks: { hub: { file: { path: 'out.jsonl' } } } } },
    });
    const { body, faults } = layer(everything, [base, file]);
    assert.deepEqual(body.pipelines.camera?.sinks.hub, { file: { path: 'out.jsonl' } });
    assert.deepEqual(faults, []);
  });

  test('a pipeline that is not whole, or whose model nobody gives, is left out and named', () => {
    const partial = deployment('part', 1, { pipelines: { camera: { sinks: {} } } });
    const { body, faults } = layer(everything, [partial]);
    assert.deepEqual(body.pipelines, {});
    assert.deepEqual(
      faults.map(({ pointer }) => pointer),
      ['/pipelines/camera/source', '/pipelines/camera/stages'],
    );
    const without = layer(everything, [deployment('x', 1, { pipelines: { camera: pipeline } })]);
    assert.match(without.faults[0]?.detail ?? '', /no deployment gives the device a model “digits”/);
  });

  test('labels of the device decide', () => {
    const layers = [
      deployment('m', 1, { selector: { matchLabels: { role: 'meter' } }, models: { m: model('1') } }),
    ];
    assert.deepEqual(layer({ labels: { role: 'meter' } }, layers).deployments, ['m']);
    assert.deepEqual(layer({ labels: { role: 'till' } }, layers).deployments, []);
  });
});

describe('properties of layering', () => {
  const names = ['a', 'b', 'c', 'd'];
  const layerOf = fc.record({
    priority: fc.integer({ min: 0, max: 2 }),
    models: fc.dictionary(fc.constantFrom('digits', 'm2'), fc.constantFrom('1', '2', '3').map(model), {
      noNullPrototype: true,
    }),
    pipelines: fc.dictionary(
      fc.constantFrom('p', 'q'),
      fc.record(
        {
          source: fc.record({
            http: fc.record({ maxInFlight: fc.integer({ min: 1, max: 9 }) }, { requiredKeys: [] }),
          }),
          stages: fc.constant([{ infer: { model: 'digits' } }] as Json),
          sinks: fc.dictionary(
            fc.constantFrom('s', 't'),
            fc.constantFrom<Json>({ outbox: {} }, { outbox: { stream: 'event' } }, { file: { path: 'x' } }),
            { noNullPrototype: true },
          ),
        },
        { requiredKeys: [] },
      ) as fc.Arbitrary<Json>,
      { noNullPrototype: true },
    ),
  });
  const layersOf = fc
    .array(layerOf, { maxLength: 4 })
    .map((list) => list.map((it, index) => deployment(names[index]!, it.priority, it)));

  test('the order in which deployments are given does not matter', () => {
    fc.assert(
      fc.property(
        layersOf.chain((layers) =>
          fc.tuple(fc.constant(layers), fc.shuffledSubarray(layers, { minLength: layers.length })),
        ),
        ([layers, shuffled]) => {
          assert.deepEqual(layer(everything, shuffled), layer(everything, layers));
        },
      ),
    );
  });

  test('every leaf has one deployment, which selects the device and has the priority that is said', () => {
    fc.assert(
      fc.property(layersOf, (layers) => {
        const { body, provenance } = layer(everything, layers);
        assert.deepEqual(
          provenance.map(({ pointer }) => pointer).sort(),
          pointersOf({ ...body } as Json).sort(),
        );
        for (const { deployment: by, priority, overrides } of provenance) {
          assert.equal(layers.find(({ name }) => name === by)?.priority, priority);
          assert.ok(!overrides.includes(by));
          for (const name of overrides)
            assert.ok((layers.find((it) => it.name === name)?.priority ?? 9) <= priority);
        }
      }),
    );
  });

  test('a deployment that says nothing changes nothing', () => {
    fc.assert(
      fc.property(layersOf, fc.integer({ min: -5, max: 5 }), (layers, priority) => {
        const { body, provenance } = layer(everything, [...layers, deployment('silent', priority)]);
        assert.deepEqual({ body, provenance }, pick(layer(everything, layers)));
      }),
    );
  });

  const pick = ({ body, provenance }: ReturnType<typeof layer>) => ({ body, provenance });
  const pointersOf = (value: Json, at = '', depth = 0): string[] => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [at];
    const keys = Object.keys(value);
    if (keys.length === 0) return depth > 1 ? [at] : [];
    return keys.flatMap((key) =>
      pointersOf((value as Record<string, Json>)[key]!, `${at}/${key}`, depth + 1),
    );
  };
});
