import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keySetObject } from '@skerry/contracts';
import { memoryDisk } from '@skerry/kit/testing';
import { parseYaml } from '@skerry/kit/yaml';
import { servingArgs } from './serving-args.ts';

const folder = '/agent/serving';
const keys = `${folder}/keys.yaml`;

it('asks for nothing where only this machine can reach the models', async () => {
  const disk = memoryDisk();
  for (const host of ['127.0.0.1', '::1', 'localhost', '127.3.2.1'])
    assert.deepEqual(await servingArgs(disk, host, folder), ['--host', host]);
  assert.equal(await disk.stat(keys), undefined);
});

it('beyond loopback there are TLS and a key file, which lets nobody in at first', async () => {
  const disk = memoryDisk();
  const args = await servingArgs(disk, '0.0.0.0', folder);
  assert.deepEqual(args.slice(0, 4), ['--host', '0.0.0.0', '--tls', 'self']);
  assert.ok(args.includes(keys));
  const text = Buffer.from(await disk.read(keys)).toString();
  assert.deepEqual(parseYaml({ name: keys, text }, keySetObject).value.spec.keys, {});
});

it('leaves a key file as it is', async () => {
  const disk = memoryDisk();
  await disk.makeFolder(folder);
  await disk.writeAtomic(keys, 'as somebody wrote it');
  await servingArgs(disk, '192.0.2.7', folder);
  assert.equal(Buffer.from(await disk.read(keys)).toString(), 'as somebody wrote it');
});
