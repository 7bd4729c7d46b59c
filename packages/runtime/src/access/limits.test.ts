import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, it } from 'node:test';
import { startProcess, type TestProcess } from '../test-process.ts';
import { until } from '../until.ts';

// Every limit that a setting gives, on a real runtime with small ones.

const model = new URL('../../test/fixtures/dynamic.onnx', import.meta.url).pathname;
let runtime: TestProcess;
let rest = '';

before(async () => {
  runtime = await startProcess([
    ...['--models', model, '--port', '0', '--grpc-port', '0', '--metrics-port', '0', '--ready-json'],
    ...['--body-limit', '2Ki', '--header-limit', '1Ki', '--tensor-limit', '6'],
    ...['--max-connections', '2', '--idle-timeout', '1s'],
  ]);
  await until(() => runtime.stdout.length > 0);
  rest = JSON.parse(runtime.stdout[0]!).rest;
});
after(async () => {
  runtime.child.kill('SIGTERM');
  await runtime.child.exited;
});

/** Of a connection of its own. */
const post = async (body: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${rest}/v2/models/dynamic/infer`, {
    method: 'POST',
    body,
    headers: { connection: 'close', ...headers },
  });
  const said = await response.text();
  return { status: response.status, said };
};
/** A request whose inputs have so many elements each. */
const ofSize = (count: number) => {
  const rest = { shape: [1, count], datatype: 'FP32', data: new Array(count).fill(1) };
  return JSON.stringify({
    inputs: [
      { name: 'a', ...rest },
      { name: 'b', ...rest },
    ],
  });
};

it('elements of a tensor', async () => {
  assert.equal((await post(ofSize(6))).status, 200);
  const { status, said } = await post(ofSize(7));
  assert.equal(status, 413);
  assert.match(said, /elements, more than 6, the limit here/);
});

it('bytes of a body', async () => {
  const { status, said } = await post(' '.repeat(3_000));
  assert.equal(status, 413);
  assert.match(said, /larger than 2048 bytes/);
});

it('lists in each other', async () => {
  const { status, said } = await post('['.repeat(500));
  assert.equal(status, 400);
  assert.match(said, /nests/);
});

it('bytes of a head', async () => {
  assert.equal((await post('{}', { 'x-long': 'a'.repeat(2_000) })).status, 431);
});

it('connections, and how long they may be silent', async () => {
  const { port } = new URL(rest);
  const request = 'GET /v2/health/live HTTP/1.1\r\nHost: box\r\n\r\n';
  const open = () => {
    const socket = connect(Number(port), '127.0.0.1');
    const answer = text(socket);
    socket.write(request);
    return { answer };
  };
  // What earlier tests left may still be closing.
  await until(async () => {
    const all = await Promise.all([open(), open(), open()].map(({ answer }) => answer));
    const codes = all.map((it) => it.slice('HTTP/1.1 '.length).slice(0, 3));
    assert.ok(codes.includes('503'), codes.join());
    // Each answer ended, so the silent ones were closed too.
    return codes.filter((code) => code === '200').length === 2;
  });
});
