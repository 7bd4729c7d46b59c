import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTestServer } from './test-server.ts';

const server = await startTestServer([
  'models/mlp_tiny.onnx',
  'models/digits_cnn.onnx',
  'fixtures/words.onnx',
]);

const x = { inputs: [{ name: 'x', shape: [1, 16], datatype: 'FP32', data: Array(16).fill(1) }] };
const post = (path: string, body?: unknown) =>
  server.call(path, { method: 'POST', ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

describe('model_configuration', () => {
  it('tells dims without the batch, as Triton does', async () => {
    const { json } = await server.call('/v2/models/mlp_tiny/config');
    assert.equal(json.platform, 'onnxruntime_onnx');
    assert.ok(json.max_batch_size > 1);
    assert.deepEqual(json.input, [{ name: 'x', data_type: 'TYPE_FP32', dims: [16], format: 'FORMAT_NONE' }]);
    assert.deepEqual(json.output, [{ name: 'y', data_type: 'TYPE_FP32', dims: [3], label_filename: '' }]);
    assert.deepEqual(json.version_policy, { specific: { versions: [1] } });
    assert.deepEqual((await server.call('/v2/models/mlp_tiny/versions/1/config')).json, json);
    assert.equal((await server.call('/v2/models/mlp_tiny/versions/2/config')).status, 404);
    assert.equal((await server.call('/v2/models/words/config')).json.input[0].data_type, 'TYPE_STRING');
  });
});

describe('statistics', () => {
  it('count what was inferred, of one model or all', async () => {
    const before = (await server.call('/v2/models/mlp_tiny/stats')).json.model_stats[0];
    for (let i = 0; i < 3; i++) await server.infer('mlp_tiny', x);
    await server.infer('mlp_tiny', {});
    const { model_stats } = (await server.call('/v2/models/mlp_tiny/versions/1/stats')).json;
    assert.equal(model_stats.length, 1);
    const [{ name, version, inference_count, inference_stats }] = model_stats;
    assert.deepEqual([name, version], ['mlp_tiny', '1']);
    assert.equal(inference_count - before.inference_count, 3);
    assert.equal(inference_stats.success.count - before.inference_stats.success.count, 3);
    assert.equal(inference_stats.fail.count - before.inference_stats.fail.count, 1);
    assert.ok(inference_stats.compute_infer.ns > 0);
    assert.equal((await server.call('/v2/models/stats')).json.model_stats.length, 3);
    assert.equal((await server.call('/v2/models/nope/stats')).status, 404);
  });
});

describe('model_repository', () => {
  it('lists, unloads and loads what is in the repository', async () => {
    assert.equal((await post('/v2/repository/models/words/unload')).status, 200);
    assert.equal((await server.call('/v2/models/words/ready')).status, 404);
    const all = (await post('/v2/repository/index')).json;
    assert.deepEqual(all.find(({ name }: { name: string }) => name === 'words').state, 'UNAVAILABLE');
    assert.equal((await post('/v2/repository/index', { ready: true })).json.length, 2);
    assert.equal((await post('/v2/repository/models/words/load', {})).status, 200);
    assert.equal((await server.call('/v2/models/words/ready')).status, 200);
    assert.equal((await post('/v2/repository/here/index')).json.length, 3);
  });

  it('takes no files and no configurations by this way', async () => {
    for (const key of ['config', 'file:1/model.onnx']) {
      const { status, json } = await post('/v2/repository/models/words/load', {
        parameters: { [key]: 'e30=' },
      });
      assert.equal(status, 400);
      assert.match(json.error, /is not taken here: what is loaded, and how, stands in the repository/);
    }
    const unload = { parameters: { unload_dependents: true } };
    assert.equal((await post('/v2/repository/models/words/unload', unload)).status, 200);
    assert.equal((await post('/v2/repository/models/words/load', { parameters: {} })).status, 200);
  });

  it('refuses what is not there, and bodies that are no such request', async () => {
    assert.equal((await post('/v2/repository/models/nope/load')).status, 404);
    assert.match((await post('/v2/repository/index', { ready: 'yes' })).json.error, /^ready: /);
    assert.match((await post('/v2/repository/index', [])).json.error, /^the body: /);
  });
});

describe('classification', () => {
  it('answers with the highest classes, as text or as bytes', async () => {
    const plain = (await server.infer('mlp_tiny', x)).json.outputs[0].data as number[];
    const best = plain.indexOf(Math.max(...plain));
    const asked = (parameters: object) =>
      server.infer('mlp_tiny', { ...x, outputs: [{ name: 'y', parameters }] });
    const { json } = await asked({ classification: 2 });
    const { name, datatype, shape, data } = json.outputs[0];
    assert.deepEqual([name, datatype, shape], ['y', 'BYTES', [1, 2]]);
    assert.equal(data[0], `${plain[best]!.toFixed(6)}:${best}`);
    assert.match((await asked({ classification: -1 })).json.error, /classification must be a whole number/);
  });
});
