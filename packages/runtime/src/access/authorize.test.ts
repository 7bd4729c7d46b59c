import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apiKey, hashOfApiKey } from '@skerry/contracts';
import fc from 'fast-check';
import { type Ask, authorizer } from './authorize.ts';
import { type KeyTable, readKeyTable } from './key-table.ts';

const secret = (byte: number) => new Uint8Array(32).fill(byte);
const till = apiKey('till', secret(1));
const boss = apiKey('boss', secret(2));

const text = (entries: string) => `apiVersion: skerry.dev/v1alpha1
kind: KeySet
metadata: { name: keys }
spec:
  keys:
${entries}`;
const file = text(`
    till: { hash: '${hashOfApiKey(till)}', models: [digits, meter-*] }
    boss: { hash: '${hashOfApiKey(boss)}', models: ['*'], pipelines: ['*'], allow: [infer, metadata, repository, metrics] }
    plant: { certificate: plant.example.com, models: [digits] }
    blind: { hash: '${hashOfApiKey(apiKey('blind', secret(3)))}' }
`);

function open(table: KeyTable | undefined = readKeyTable('keys.yaml', file), now = 0) {
  const authorize = authorizer({ keys: () => table, clock: { now: () => now } });
  return (ask: Partial<Ask>) => {
    try {
      authorize({ authorization: undefined, certificate: undefined, need: 'infer', ...ask });
      return 200;
    } catch (error) {
      return (error as { status: number }).status;
    }
  };
}
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const certificate = (...names: string[]) => ({ certificate: { names, notAfter: 1_000 } });

describe('by key', () => {
  const ask = open();
  it('lets in whoever has the key, for its models alone', () => {
    assert.equal(ask({ ...bearer(till), model: 'digits' }), 200);
    assert.equal(ask({ ...bearer(till), model: 'meter-7' }), 200);
    assert.equal(ask({ authorization: `bearer ${till}`, model: 'digits' }), 200);
    for (const model of ['digits2', 'digit', 'meter', 'Digits', 'digits ', ''])
      assert.equal(ask({ ...bearer(till), model }), 403, model);
  });
  it('lets nobody in without it, or with what looks like it', () => {
    const others = [undefined, '', till, `Basic ${till}`, `Bearer ${till} `, `Bearer ${till}x`, 'Bearer '];
    const lookalikes = [apiKey('till', secret(9)), apiKey('bos', secret(2)), till.replace('till', 'boss')];
    for (const authorization of [...others, ...lookalikes.map((key) => `Bearer ${key}`)])
      assert.equal(ask({ authorization, model: 'digits' }), 401, authorization);
  });
  it('permits the actions that the entry allows, inference and metadata where it says nothing', () => {
    assert.equal(ask({ ...bearer(till), need: 'metadata' }), 200);
    assert.equal(ask({ ...bearer(till), need: 'repository', model: 'digits' }), 403);
    assert.equal(ask({ ...bearer(till), need: 'metrics' }), 403);
    assert.equal(ask({ ...bearer(boss), need: 'repository', model: 'anything' }), 200);
  });
  it('a key for models is none for pipelines, and one without models is for none', () => {
    assert.equal(ask({ ...bearer(till), pipeline: 'digits' }), 403);
    assert.equal(ask({ ...bearer(boss), pipeline: 'digits' }), 200);
    assert.equal(ask({ ...bearer(apiKey('blind', secret(3))), model: 'digits' }), 403);
  });
  it('health is for everybody', () => assert.equal(ask({ need: 'open' }), 200));
  it('never takes any other text for a key', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((it) => `Bearer ${it}`),
        ),
        (authorization) => {
          assert.equal(ask({ authorization }), 401);
        },
      ),
    );
  });
});

describe('by certificate', () => {
  const ask = open();
  it('is who the file says that bears its name', () => {
    assert.equal(ask({ ...certificate('plant.example.com'), model: 'digits' }), 200);
    assert.equal(ask({ ...certificate('other', 'plant.example.com'), model: 'digits' }), 200);
    assert.equal(ask({ ...certificate('plant.example.com'), model: 'tiny' }), 403);
    assert.equal(ask({ ...certificate('example.com'), model: 'digits' }), 401);
    assert.equal(ask({ ...certificate(), model: 'digits' }), 401);
  });
  it('a key that is sent counts instead, for better or worse', () => {
    assert.equal(ask({ ...certificate('plant.example.com'), ...bearer(boss), model: 'tiny' }), 200);
    assert.equal(ask({ ...certificate('plant.example.com'), ...bearer('wrong'), model: 'digits' }), 401);
  });
  it('is over when its time is, on a connection that lives on', () => {
    const late = open(undefined, 1_001);
    assert.equal(late({ ...certificate('plant.example.com'), model: 'digits' }), 401);
  });
  it('is enough where there is no key file, and needed there', () => {
    const authorize = authorizer({ keys: () => undefined, clock: { now: () => 0 } });
    const ask: Ask = { authorization: undefined, need: 'repository', ...certificate('anybody') };
    authorize(ask);
    assert.throws(() => authorize({ ...ask, certificate: undefined }), { code: 'KeyRefused' });
    assert.throws(() => authorize({ ...ask, certificate: { names: [], notAfter: -1 } }), {
      code: 'KeyRefused',
    });
  });
});

describe('a key file', () => {
  const refused = (entries: string) =>
    assert.throws(() => readKeyTable('keys.yaml', text(entries)), { code: 'InvalidFile' });
  it('is refused with the place of the fault', () => {
    refused(`    till: { hash: 'sha256:00', models: [digits] }`);
    refused(`    till: { models: [digits] }`);
    refused(`    till: { hash: '${hashOfApiKey(till)}', certificate: x }`);
    refused(`    till: { hash: '${hashOfApiKey(till)}', models: ['a*b'] }`);
    refused(`    till: { hash: '${hashOfApiKey(till)}', modls: [a] }`);
    refused(`    till: { hash: '${hashOfApiKey(till)}', allow: [everything] }`);
    assert.throws(() => readKeyTable('keys.yaml', ''), { code: 'InvalidFile' });
    assert.throws(() => readKeyTable('keys.yaml', `${file}\n---\n${file}`), { code: 'InvalidFile' });
  });
  it('a key that stands in it by mistake is not repeated', () => {
    assert.throws(
      () => readKeyTable('keys.yaml', text(`    till: { hash: '${till}' }`)),
      (error: Error) => !error.message.includes(till) && !JSON.stringify(error).includes(till),
    );
  });
});
