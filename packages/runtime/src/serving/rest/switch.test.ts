import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { it } from 'node:test';
import { until } from '../../until.ts';
import { startTestServer } from './test-server.ts';

const body = JSON.stringify({
  inputs: [{ name: 'x', shape: [1, 16], datatype: 'FP32', data: Array(16).fill(1) }],
});

interface Answer {
  readonly status: number;
  readonly version: string;
  readonly connection: string | undefined;
}

function infer(port: number, agent: Agent): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request(
    { port, agent, method: 'POST', path: '/v2/models/mlp_tiny/infer' },
    async (response) => {
      const chunks = await response.toArray();
      const version = JSON.parse(Buffer.concat(chunks).toString()).model_version;
      resolve({ status: response.statusCode!, version, connection: response.headers.connection });
    },
  );
  sent.on('error', reject).end(body);
  return promise;
}

/** Several clients, each with a connection that it keeps, until one of them is asked to leave or `done`. */
async function load(port: number, done: () => boolean): Promise<Answer[]> {
  const answers: Answer[] = [];
  const client = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let last: Answer | undefined; !done() && last?.connection !== 'close'; ) {
      last = await infer(port, agent);
      answers.push(last);
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: 4 }, client));
  return answers;
}

it('switches versions under load without a request that fails', async () => {
  const server = await startTestServer(['models/mlp_tiny.onnx']);
  let switched = false;
  const loading = load(server.port, () => switched);
  for (let version = 1; version <= 30; version++) {
    if (version > 1) server.load('models/mlp_tiny.onnx', String(version));
    const { stats } = server.models.find('mlp_tiny');
    await until(() => stats.request.count >= 5);
  }
  switched = true;
  const answers = await loading;
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(new Set(answers.map(({ version }) => version)).size, 30);
});

it('drains: every request that was taken is answered, and kept connections are left', async () => {
  const server = await startTestServer(['models/mlp_tiny.onnx']);
  const { stats } = server.models.find('mlp_tiny');
  const loading = load(server.port, () => false);
  await until(() => stats.request.count >= 50);
  await server.drain();
  const answers = await loading.catch((error: NodeJS.ErrnoException) => error.code);
  // A client may have found its idle connection closed as it sent the next request; none was taken and dropped.
  if (Array.isArray(answers)) assert.ok(answers.every(({ status }) => status === 200));
  else assert.match(String(answers), /ECONNRESET|ECONNREFUSED/);
});
