import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lifetime, silentLogger } from '@skerry/kit';
import { resolveConfig } from '@skerry/kit/config';
import { nodeClock, nodePorts } from '@skerry/kit/node';
import { memoryDisk, recordingLogger } from '@skerry/kit/testing';
import { settingKeys } from '../settings.ts';
import { isLoopback, reachableHost } from './hosts.ts';
import { prepareSecurity } from './prepare.ts';
import { openSecurity } from './security.ts';

/** What a command line asks for, with no child to make certificates. */
function prepare(...argv: string[]) {
  const { values: settings } = resolveConfig(settingKeys, { argv, env: {}, envPrefix: 'SKERRY_RUNTIME' });
  const logger = recordingLogger();
  const life = lifetime({ clock: nodeClock(), logger: silentLogger });
  const tools = { ...nodePorts(), disk: memoryDisk(), logger, life };
  const certificateChild = ['no-such-program'] as const;
  return { tools, logger, security: prepareSecurity({ ...tools, settings, certificateChild }) };
}

const own = ['--tls-cert', 'a.crt', '--tls-key', 'a.key'];

it('asks for nothing on loopback', async () => {
  for (const host of ['127.0.0.1', '::1', 'localhost', '127.0.0.53'])
    assert.deepEqual(await prepare('--host', host).security, {
      tls: undefined,
      keys: undefined,
      startsWithoutKeys: false,
    });
});

it('refuses to serve others without TLS and somebody to let in', async () => {
  const hosts = [
    '0.0.0.0',
    '::',
    '192.0.2.7',
    'box.example.com',
    '127.0.0.1.example.com',
    '::ffff:192.0.2.7',
  ];
  for (const host of hosts)
    for (const rest of [[], ['--keys', 'k'], own])
      await assert.rejects(prepare('--host', host, ...rest).security, { code: 'ServingUnprotected' }, host);
});

it('serves others with TLS and keys, or TLS and certificates', async () => {
  const keys = await prepare('--host', '0.0.0.0', ...own, '--keys', 'k').security;
  assert.equal(keys.keys, 'k');
  const certificates = await prepare('--host', '0.0.0.0', ...own, '--client-ca', 'ca').security;
  assert.equal(certificates.tls?.clientCa, 'ca');
});

it('serves everybody where that was said, and warns of it', async () => {
  const { logger, security } = prepare('--host', '0.0.0.0', '--insecure');
  await security;
  assert.deepEqual(
    logger.lines.map(({ level, message }) => [level, message.startsWith('INSECURE')]),
    [['warn', true]],
  );
});

it('refuses settings that do not fit together', async () => {
  for (const argv of [
    ['--tls-cert', 'a.crt'],
    ['--tls-key', 'a.key'],
    ['--tls', 'self', ...own],
    ['--client-ca', 'ca.crt'],
  ])
    await assert.rejects(prepare(...argv).security, { code: 'InvalidConfig' }, argv.join(' '));
});

it('does not open files that are not there or cannot be used', async (t) => {
  const { tools } = prepare();
  await tools.disk.writeAtomic('/broken', 'no: key file');
  const open = (files: Parameters<typeof openSecurity>[0]) => {
    const life = lifetime({ clock: nodeClock(), logger: silentLogger });
    t.after(() => life.stop());
    return openSecurity(files, { ...tools, life });
  };
  await assert.rejects(open({ keys: '/none' }), { code: 'FileNotFound' });
  await assert.rejects(open({ keys: '/broken' }), { code: 'InvalidFile' });
  const closed = await open({ keys: '/broken', startsWithoutKeys: true });
  const ask = { authorization: 'Bearer x', certificate: undefined, need: 'infer' } as const;
  assert.throws(() => closed.authorize?.(ask), { code: 'KeyRefused' });
  await assert.rejects(open({ tls: { cert: '/broken', key: '/broken' } }), { code: 'InvalidConfig' });
});

it('knows who can reach an address, and which one to tell others', () => {
  assert.deepEqual(['::1', '127.9.9.9', '0.0.0.0', '127.0.0.1.nip.io'].map(isLoopback), [
    true,
    true,
    false,
    false,
  ]);
  assert.equal(reachableHost('192.0.2.7'), '192.0.2.7');
  assert.notEqual(reachableHost('0.0.0.0'), '0.0.0.0');
});
