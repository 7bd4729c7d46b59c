import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { isSkerryError } from '../errors.ts';
import { parseYaml, parseYamlDocuments, type YamlSchemas } from './index.ts';

const stage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('decode'), format: z.string() }),
  z.strictObject({ type: z.literal('rule'), threshold: z.number() }),
]);
const deployment = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Deployment'),
  spec: z.strictObject({
    priority: z.number().default(0),
    models: z.record(z.string(), z.strictObject({ ref: z.string() })).default({}),
    stages: z.array(stage).optional(),
  }),
});
const site = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Site'),
  power: z.enum(['mains', 'battery']),
});
const schemas = { 'v1/Deployment': deployment, 'v1/Site': site } satisfies YamlSchemas;

const parse = (text: string) => parseYamlDocuments({ name: 'fleet.yaml', text }, schemas);

function faults(text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(isSkerryError(error, 'InvalidFile'), String(error));
    return error.detail;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

const GOOD = `# a fleet
apiVersion: v1
kind: Site
power: mains
---
---
apiVersion: v1
kind: Deployment
spec:
  models:
    digits: { ref: "digits:1" }
`;

test('documents are read by their kind, and know where they stand', () => {
  const [first, second, ...more] = parse(GOOD);
  assert.equal(more.length, 0);
  assert.deepEqual(first?.value, { apiVersion: 'v1', kind: 'Site', power: 'mains' });
  assert.ok(second?.value.kind === 'Deployment' && second.value.spec.priority === 0);
  assert.deepEqual(second.place, { name: 'fleet.yaml', line: 7, column: 1 });
  assert.deepEqual(second.placeOf(['spec', 'models', 'digits', 'ref']), {
    name: 'fleet.yaml',
    line: 11,
    column: 20,
  });
  assert.deepEqual(second.placeOf(['spec', 'models', 'other']), { name: 'fleet.yaml', line: 11, column: 5 });
});

test('an unknown key is named with its line, column and the nearest right spelling', () => {
  const head = 'apiVersion: v1\nkind: Deployment\nspec:\n';
  assert.equal(
    faults(`${head}  model:\n    digits: { ref: x }\n`),
    'fleet.yaml:4:3: spec.model: unknown key (did you mean "models"?)',
  );
  assert.equal(
    faults(`${head}  models:\n    digits: { reff: x, ref: y }\n`),
    'fleet.yaml:5:15: spec.models.digits.reff: unknown key (did you mean "ref"?)',
  );
  assert.equal(
    faults(`${head}  stages:\n    - { type: rule, treshold: 1, threshold: 2 }\n`),
    'fleet.yaml:5:21: spec.stages[0].treshold: unknown key (did you mean "threshold"?)',
  );
});

test('all faults of all documents are said at once', () => {
  const text =
    'apiVersion: v1\nkind: Site\npower: wind\n---\napiVersion: v1\nkind: Deployment\nspec: { priority: high }\n';
  assert.match(
    faults(text),
    /^fleet\.yaml:3:8: power: .*mains.*\nfleet\.yaml:7:19: spec\.priority: expected number/,
  );
  assert.match(faults('apiVersion: v1\nkind: Deployment\n'), /spec: is required/);
});

test('an unknown kind or version is said to be so', () => {
  assert.match(
    faults('apiVersion: v1\nkind: Deploymnt\n'),
    /:2:7: kind: unknown "Deploymnt" \(did you mean "Deployment"/,
  );
  assert.match(faults('apiVersion: v2\nkind: Site\n'), /apiVersion: unknown "v2"/);
  assert.match(faults('kind: Site\n'), /apiVersion: is required; expected v1/);
  assert.match(faults('- 1\n'), /apiVersion: is required/);
  assert.match(faults('apiVersion: __proto__\nkind: x\n'), /apiVersion: unknown/);
  assert.match(faults('apiVersion: { toString: 0 }\nkind: x\n'), /apiVersion: unknown \{"toString":0\}/);
  assert.match(faults('apiVersion: v1\nkind: { toString: 0 }\n'), /kind: unknown \{"toString":0\}/);
});

test('what YAML allows and people do not mean is refused', () => {
  assert.match(
    faults('apiVersion: v1\napiVersion: v1\nkind: Site\npower: mains\n'),
    /^fleet\.yaml:2:1: .*unique/,
  );
  assert.match(faults('apiVersion: v1\nkind: Site\npower: !shell ls\n'), /^fleet\.yaml:3:8: .*tag/);
  assert.match(faults('apiVersion: v1\n  kind: Site\n'), /^fleet\.yaml:\d+:\d+: /);
});

test('an alias stands for what came before it, never for what it is in', () => {
  const circle = /:2:\d+: the alias \*x stands for something that it is in/;
  assert.match(faults('apiVersion: v1\nkind: &x [*x]\n'), circle);
  assert.match(faults('apiVersion: v1\nkind: &x { a: { b: [1, *x] } }\n'), circle);
  const read = (text: string) => parseYaml({ name: 'x', text }, z.unknown()).value;
  assert.deepEqual(read('&x [&x 1, *x]'), [1, 1]);
  assert.deepEqual(read('a: &x [1]\nb: [*x, *x]'), { a: [1], b: [[1], [1]] });
});

test('bombs are refused: aliases, depth, size', () => {
  const levels = Array.from(
    { length: 9 },
    (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`)}]`,
  );
  assert.match(faults(`a0: &a0 [x]\n${levels.join('\n')}\n`), /alias/i);
  assert.ok(faults('['.repeat(100_000)).length < 5_000);
  assert.match(faults(`a: ${'x'.repeat(2 ** 20)}`), /over the limit/);
});

test('one document without a kind; an empty one has nothing set', () => {
  const settings = z.strictObject({
    port: z.number().default(1),
    every: z.union([z.number(), z.string()]).default(5),
  });
  const read = (text: string) => parseYaml({ name: 'hub.yaml', text }, settings).value;
  assert.deepEqual(read('port: 2\n'), { port: 2, every: 5 });
  assert.deepEqual(read('# nothing\n'), { port: 1, every: 5 });
  assert.deepEqual(read('{"port": 3}'), { port: 3, every: 5 });
  assert.throws(() => read('prot: 2\n'), /hub\.yaml:1:1: prot: unknown key \(did you mean "port"\?\)/);
  assert.throws(() => read('every: [1]\n'), /hub\.yaml:1:8: every: /);
  assert.throws(() => read('port: 1\n---\nport: 2\n'), /only one document/);
});

test('any text is read or refused with InvalidFile, never otherwise', () => {
  const pieces = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '&a',
    '*a',
    '"',
    "'",
    '#',
    '|',
    '---\n',
    '!x',
    '\t',
    '1',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      try {
        JSON.stringify(parseYaml({ name: 'x', text: parts.join('') }, z.unknown()).value);
      } catch (error) {
        assert.ok(isSkerryError(error, 'InvalidFile'), String((error as Error).stack));
      }
    }),
    { numRuns: 500 },
  );
});
