import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { Bonjour, type Service } from 'bonjour-service';
import { startProcess } from './test-process.ts';
import { until } from './until.ts';

const model = new URL('../test/fixtures/dynamic.onnx', import.meta.url).pathname;

it('the network is told of the models, of others when they come, and of the end', {
  skip: (await carriesMulticast()) ? false : 'no multicast is possible here',
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-announced-'));
  t.after(() => rm(folder, { recursive: true }));
  await cp(model, join(folder, 'first.onnx'));
  const name = `test-${process.pid}`;
  const bonjour = new Bonjour();
  t.after(() => bonjour.destroy());
  const seen: Record<'up' | 'down', Service[]> = { up: [], down: [] };
  const browser = bonjour.find({ type: 'skerry' });
  for (const event of ['up', 'down'] as const)
    browser.on(event, (it: Service) => it.name === name && seen[event].push(it));

  const { child, stdout } = await startProcess([
    ...['--models', folder, '--host', '0.0.0.0', '--insecure', '--announce', name, '--ready-json'],
    ...['--port', '0', '--grpc-port', '0', '--metrics-port', '0', '--repository-poll', '200ms'],
  ]);
  t.after(() => child.kill('SIGKILL'));
  await until(() => stdout.length > 0);
  await until(() => seen.up.length === 1);
  const [first] = seen.up;
  assert.equal(first?.port, Number(new URL(JSON.parse(stdout[0]!).rest).port));
  assert.deepEqual(first?.txt, { path: '/v2', models: 'first', tls: 'no', auth: 'none' });

  await cp(model, join(folder, 'second.onnx'));
  await until(() => seen.up.at(-1)?.txt.models === 'first,second');

  const before = seen.down.length;
  child.kill('SIGTERM');
  assert.equal((await child.exited).code, 0);
  await until(() => seen.down.length > before);
});

/** Whether what is sent to the group of mDNS comes back to this machine. */
async function carriesMulticast(): Promise<boolean> {
  const group = '224.0.0.251';
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  return new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), 2_000);
    socket.once('error', () => resolve(false)).once('message', () => resolve(true));
    socket.once('close', () => clearTimeout(timer));
    socket.bind(0, () => {
      try {
        socket.addMembership(group);
        socket.setMulticastLoopback(true);
        socket.send('?', socket.address().port, group, (error) => error && resolve(false));
      } catch {
        resolve(false);
      }
    });
  }).finally(() => socket.close());
}
