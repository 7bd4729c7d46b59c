import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyMergePatch, diffMergePatch, isJsonObject, type Json, type JsonObject } from '@skerry/contracts';
import fc from 'fast-check';
import { difference } from './difference.ts';
import { readFleet, titleOf } from './read-file.ts';
import { yamlText } from './yaml-text.ts';

const head = (kind: string, name: string) =>
  `apiVersion: skerry.dev/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\n`;
const site = (name: string, spec = '{}') => `${head('Site', name)}spec: ${spec}\n`;
const fleet = (...documents: string[]) => readFleet({ name: 'fleet.yaml', text: documents.join('---\n') });
const titles = (...documents: string[]) => fleet(...documents).map(({ object }) => titleOf(object));

test('objects are applied in the order in which they need each other', () => {
  const deployment = `${head('Deployment', 'meter-reading')}spec: { selector: {} }\n`;
  const device = `${head('Device', 'camera1')}spec: { site: shop }\n`;
  assert.deepEqual(titles(deployment, device, site('shop', '{ parent: mall }'), site('mall')), [
    'Site mall',
    'Site shop',
    'Device camera1',
    'Deployment meter-reading',
  ]);
  assert.deepEqual(titles(site('a', '{ parent: b }'), site('b', '{ parent: a }')).sort(), [
    'Site a',
    'Site b',
  ]);
});

test('what is sent is what was written: no default of ours overrides what another deployment says', () => {
  const [entry] = fleet(
    `${head('Deployment', 'x')}spec: { selector: {}, pipelines: { camera: { source: { http: {} } } } }\n`,
  );
  assert.deepEqual((entry!.written.spec as unknown as JsonObject).pipelines, {
    camera: { source: { http: {} } },
  });
  assert.equal((entry!.object.spec as unknown as JsonObject).priority, 0);
});

test('a mistake is told with its place and the nearest right spelling', () => {
  for (const [text, where] of [
    [`${head('Site', 'leeds')}spec: { timezone: UTC }\n`, /fleet\.yaml:4:9: .*"timeZone"/],
    [`${head('Sight', 'leeds')}spec: {}\n`, /fleet\.yaml:2:7: .*Site/],
    [`${head('Site', 'Leeds!')}spec: {}\n`, /fleet\.yaml:3:19: metadata\.name/],
    ['', /holds no object/],
    [`${site('leeds')}---\n${site('leeds')}`, /Site leeds stands at line 1 already/],
  ] as const)
    assert.throws(() => fleet(text), { code: 'InvalidFile', detail: where });
});

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const object = fc.dictionary(fc.string(), json, { noNullPrototype: true }) as fc.Arbitrary<JsonObject>;

test('two values differ somewhere exactly if they are not the same', () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      assert.deepEqual(difference(before, before), []);
      const isSame = JSON.stringify(sorted(before)) === JSON.stringify(sorted(after));
      assert.equal(difference(before, after).length === 0, isSame);
      assert.equal(diffMergePatch(before, applyMergePatch(before, {}) as JsonObject), undefined);
    }),
  );
});

function sorted(value: Json): Json {
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

test('only the fields that differ are named, by JSON pointer', () => {
  assert.deepEqual(difference({ a: { b: 1, 'c/d': [1] }, e: 'x' }, { a: { b: 2, 'c/d': [1] }, f: {} }), [
    { pointer: '/a/b', before: 1, after: 2 },
    { pointer: '/e', before: 'x' },
    { pointer: '/f', after: {} },
  ]);
});

test('an object is shown as YAML that reads back as the same object', () => {
  const text = yamlText({
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'Deployment',
    metadata: { name: 'meter-reading' },
    spec: {
      selector: { matchLabels: { role: 'yes' } },
      priority: 10,
      models: { digits: { ref: 'digits:1' } },
      pipelines: {
        camera: { stages: [{ decode: { pixels: [8, 8], channels: 1 } }, { infer: { model: 'digits' } }] },
      },
    },
  });
  const [entry] = fleet(`${text.join('\n')}\n`);
  assert.deepEqual(entry?.written.spec, {
    selector: { matchLabels: { role: 'yes' } },
    priority: 10,
    models: { digits: { ref: 'digits:1' } },
    pipelines: {
      camera: { stages: [{ decode: { pixels: [8, 8], channels: 1 } }, { infer: { model: 'digits' } }] },
    },
  });
});
