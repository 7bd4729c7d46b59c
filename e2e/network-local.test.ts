import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { openStage } from '@skerry/testkit';

test('the example on a site’s network: found by mDNS, trusted by fingerprint, asked with a key, refused without', {
  skip: (await carriesMulticast()) ? false : 'no multicast is possible here',
}, async (t) => {
  const stage = openStage(t);
  const example = stage.start({
    name: 'network-local',
    entry: 'examples/network-local/main.ts',
    args: ['--for', '12s', '--json'],
  });
  const { code } = await example.exited;
  assert.equal(code, 0, example.log.join('\n'));
  const result = JSON.parse(example.stdout.at(-1)!);
  assert.match(result.url, /^https:\/\//);
  const { discovered, digit, withoutKey, otherModel } = result;
  assert.deepEqual(
    { discovered, digit, withoutKey, otherModel },
    { discovered: true, digit: 7, withoutKey: 401, otherModel: 403 },
  );
  assert.ok(result.asked > 0);
  assert.equal(result.answered, result.asked);
  assert.doesNotMatch(example.log.join('\n'), /skerry_till_/);
});

test('the example ends at Ctrl-C and leaves nothing behind', async (t) => {
  const stage = openStage(t);
  const example = stage.start({ name: 'network-local', entry: 'examples/network-local/main.ts', args: [] });
  await example.said((line) => line.startsWith('Asking every second') || undefined, 'that it asks', 60_000);
  // As a terminal does: to all that run in it.
  process.kill(-example.pid, 'SIGINT');
  assert.equal((await example.exited).code, 0, example.log.join('\n'));
});

/** Whether what is sent to a group comes back to this machine. */
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
