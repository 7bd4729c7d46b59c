import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defaultTtls, event, pipelineSpec, resultData, sampleData } from '@skerry/contracts';
import { isSkerryError, silentLogger } from '@skerry/kit';
import { nodePorts } from '@skerry/kit/node';
import { openOutboxReader } from '@skerry/kit/outbox';
import { memoryDisk } from '@skerry/kit/testing';
import { openOnnxEngine } from '../engines/onnx-engine.ts';
import { failure } from '../errors.ts';
import { findModelFiles } from '../models/model-files.ts';
import { modelTable } from '../models/model-table.ts';
import { openModel } from '../models/open-model.ts';
import { inlineModel } from '../models/served-model.ts';
import type { BootTime } from '../outbox/boot-time.ts';
import { type Outbox, openOutbox } from '../outbox/outbox.ts';
import { until } from '../until.ts';
import { buildPipeline } from './build.ts';
import type { Frame } from './frame.ts';
import { pipelines } from './pipelines.ts';

const ports = nodePorts();
const engine = await openOnnxEngine();
const example = fileURLToPath(new URL('../../../../examples/meter-reading/', import.meta.url));
const files = await findModelFiles(ports.disk, `${example}model`);
const session = openModel(engine, files);
const outboxes: Outbox[] = [];
after(async () => {
  await Promise.all(outboxes.map((outbox) => outbox.close()));
  session.close();
});

// The camera's pixels are 0 to 16; the body for `curl` has them scaled already.
const seven = JSON.parse(readFileSync(`${example}seven.json`, 'utf8')).inputs[0].data as number[];
const pixels = Buffer.from(seven.map((value) => value * 16));

const frame = (id: string, body = pixels): Frame => ({
  source: '/cameras/1',
  id,
  time: undefined,
  contentType: 'application/octet-stream',
  body,
});

const stages = [{ decode: { pixels: [8, 8] } }, { infer: { model: 'digits' } }];
const outboxOnly = { source: { http: {} }, stages, sinks: { hub: { outbox: {} } } };

async function start(spec: unknown) {
  const quota = 2 ** 21;
  const disk = memoryDisk();
  const boot: BootTime = {
    bootId: 'boot',
    timeKnown: true,
    nowMs: () => 77,
    hubTime: () => undefined,
    tell() {},
  };
  const logger = silentLogger;
  const outbox = await openOutbox({
    ...ports,
    disk,
    logger,
    boot,
    root: '/outbox',
    quota,
    ttls: defaultTtls,
  });
  outboxes.push(outbox);
  const models = modelTable();
  models.activate(
    inlineModel(
      { name: 'digits', version: '4', digest: 'sha256:d' },
      files.spec,
      { ...session, close() {} },
      ports.clock,
    ),
  );
  const tools = {
    ...ports,
    disk,
    outbox,
    models,
    boot,
    logger: silentLogger,
    eventSource: '',
    stateFolder: '/state',
  };
  const pipeline = await buildPipeline(tools, 'camera', pipelineSpec.parse(spec));
  const recorded = async (stream: string) => {
    const { records } = await openOutboxReader({ ...ports, disk, folder: `/outbox/runtime/${stream}` }).read(
      1,
      1e6,
    );
    return records.map(({ payload }) => event.parse(JSON.parse(Buffer.from(payload).toString())));
  };
  return { disk, models, outbox, pipeline, recorded };
}

describe('a pipeline', () => {
  it('answers a frame once its result is in the outbox', async () => {
    const { pipeline, recorded } = await start(outboxOnly);
    const answer = await pipeline.process(frame('17'));
    assert.equal(answer.id, '/cameras/1#17');
    assert.equal(answer.label, '7');
    assert.ok(answer.confidence! > 0.9);
    const [result] = await recorded('result');
    assert.deepEqual(
      { ...result, time: '', data: {} },
      {
        specversion: '1.0',
        id: '/cameras/1#17',
        source: '/pipelines/camera',
        type: 'dev.skerry.result.v1',
        time: '',
        datacontenttype: 'application/json',
        bootid: 'boot',
        bootms: 77,
        timeknown: true,
        data: {},
      },
    );
    const { label, model } = resultData.parse(result!.data);
    assert.deepEqual([label, model], ['7', { name: 'digits', version: '4', digest: 'sha256:d' }]);
    assert.deepEqual(pipeline.counts, { frames: 1, failed: 0, captured: 0 });
  });

  it('keeps unsure frames with answer and reason, as many as it may', async () => {
    const capture = { capture: { when: 'confidence < 0.9', maxPerHour: 2 } };
    const { pipeline, recorded } = await start({ ...outboxOnly, stages: [...stages, capture] });
    const dark = Buffer.alloc(64);
    await pipeline.process(frame('1'));
    for (const id of ['2', '3', '4']) await pipeline.process(frame(id, dark));
    const samples = await recorded('sample');
    assert.deepEqual(
      samples.map(({ id }) => id),
      ['/cameras/1#2#2', '/cameras/1#3#2'],
    );
    const sample = sampleData.parse(samples[0]!.data);
    assert.equal(sample.reason, 'confidence < 0.9');
    assert.deepEqual(Buffer.from(sample.input.base64, 'base64'), dark);
    assert.equal(sample.input.contentType, 'application/octet-stream');
    assert.ok(sample.confidence! < 0.9);
    assert.equal((await recorded('result')).length, 4);
    assert.equal(pipeline.counts.captured, 2);
  });

  it('promises nothing when the outbox is full, and acts upon nothing', async () => {
    const sinks = { hub: { outbox: {} }, log: { file: { path: 'readings.jsonl' } } };
    const { pipeline, disk } = await start({ ...outboxOnly, sinks });
    await pipeline.process(frame('1'));
    await until(async () => ((await disk.stat('/state/files/readings.jsonl'))?.size ?? 0) > 0);
    disk.setFree(10);
    await assert.rejects(
      pipeline.process(frame('2')),
      (error) => isSkerryError(error, 'OutboxFull') && error.status === 503,
    );
    await pipeline.close();
    const lines = Buffer.from(await disk.read('/state/files/readings.jsonl'))
      .toString()
      .trim()
      .split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).id),
      ['/cameras/1#1'],
    );
    assert.deepEqual(pipeline.counts, { frames: 1, failed: 1, captured: 0 });
  });

  it('tells an alarm, and acts upon it, though there is no room for its frame', async () => {
    const capture = { capture: { when: 'confidence < 0.9', maxPerHour: 2 } };
    const sinks = { hub: { outbox: { stream: 'alarm' } }, log: { file: { path: 'alarms.jsonl' } } };
    const { pipeline, outbox, recorded } = await start({
      ...outboxOnly,
      stages: [...stages, capture],
      sinks,
    });
    const { append } = outbox;
    outbox.append = async (stream, event) => {
      if (stream === 'sample') throw failure('OutboxFull', 'its quota is used up by more urgent messages');
      return append(stream, event);
    };
    await pipeline.process(frame('1', Buffer.alloc(64)));
    assert.equal((await recorded('alarm')).length, 1);
    await until(() => pipeline.sinks.get('log')!.counts().delivered === 1);
    assert.deepEqual(pipeline.counts, { frames: 1, failed: 0, captured: 0 });
    await pipeline.close();
  });

  it('acts upon a frame in work when another takes its place', async () => {
    const sinks = { hub: { outbox: {} }, log: { file: { path: 'readings.jsonl' } } };
    const { pipeline, outbox } = await start({ ...outboxOnly, sinks });
    const { promise: committed, resolve: commit } = Promise.withResolvers<void>();
    outbox.append = () => committed;
    const answered = pipeline.process(frame('1'));
    const closed = pipeline.close();
    await new Promise((resolve) => setImmediate(resolve));
    commit();
    await Promise.all([answered, closed]);
    assert.deepEqual(pipeline.sinks.get('log')!.counts(), { delivered: 1, failed: 0, waiting: 0 });
  });

  it('takes no more frames at once than it may', async () => {
    const { pipeline } = await start({ ...outboxOnly, source: { http: { maxInFlight: 2 } } });
    const results = await Promise.allSettled(['1', '2', '3'].map((id) => pipeline.process(frame(id))));
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    );
    assert.ok(isSkerryError((results[2] as PromiseRejectedResult).reason, 'Unavailable'));
    await pipeline.process(frame('3'));
  });

  it('says why a frame cannot be answered', async () => {
    const { pipeline, models } = await start(outboxOnly);
    await assert.rejects(pipeline.process(frame('1', Buffer.alloc(3))), (error) =>
      isSkerryError(error, 'FrameInvalid'),
    );
    models.publish('digits', undefined);
    await assert.rejects(pipeline.process(frame('1')), (error) => isSkerryError(error, 'ModelNotFound'));
  });

  it('refuses stages that do not follow on each other', async () => {
    const capture = { capture: { when: 'label == "7"', maxPerHour: 1 } };
    const order = (...kinds: unknown[]) => start({ ...outboxOnly, stages: kinds });
    await assert.rejects(order(stages[1]), /stage infer needs a stage decode before it/);
    await assert.rejects(order(stages[0], capture, stages[1]), /stage capture needs a stage infer before it/);
  });
});

describe('a webhook', () => {
  /** A receiver that answers with the given statuses in turn, then 204. */
  async function receiver(statuses: number[]) {
    const received: { id: string; type: string | undefined }[] = [];
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      received.push({ id: JSON.parse(body).id, type: request.headers['content-type'] });
      response.writeHead(statuses.shift() ?? 204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    after(() => server.close());
    return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/reading` };
  }

  const startWith = (url: string) =>
    start({ ...outboxOnly, sinks: { hub: { outbox: {} }, till: { webhook: { url, timeout: '2s' } } } });

  it('gets every result as a CloudEvent, tried again when it fails', async () => {
    const { received, url } = await receiver([500, 204]);
    const { pipeline } = await startWith(url);
    await pipeline.process(frame('1'));
    await pipeline.process(frame('2'));
    const till = pipeline.sinks.get('till')!;
    await until(() => till.counts().delivered === 2);
    assert.deepEqual(
      received.map(({ id }) => id),
      ['/cameras/1#1', '/cameras/1#1', '/cameras/1#2'],
    );
    assert.equal(received[0]!.type, 'application/cloudevents+json');
    assert.deepEqual(till.counts(), { delivered: 2, failed: 0, waiting: 0 });
    await pipeline.close();
  });

  it('is given up after a few tries, in the way of nothing, and counted', async () => {
    const { url } = await receiver([500, 500, 500, 500]);
    const { pipeline } = await startWith(url);
    assert.equal((await pipeline.process(frame('1'))).label, '7');
    await until(() => pipeline.sinks.get('till')!.counts().failed === 1);
    await pipeline.close();
  });
});

it('puts a pipeline in the place of one of its name, and leaves one that is as it was', async () => {
  const { pipeline } = await start(outboxOnly);
  let built = 0;
  const all = pipelines(async (name, spec) => {
    built++;
    return { ...pipeline, name, spec };
  });
  const spec = pipelineSpec.parse(outboxOnly);
  await all.put('camera', spec);
  await all.put('camera', structuredClone(spec));
  assert.equal(built, 1);
  await all.put('camera', { ...spec, source: { http: { maxInFlight: 1 } } });
  assert.equal(built, 2);
  await all.remove('camera');
  assert.throws(
    () => all.find('camera'),
    (error) => isSkerryError(error, 'PipelineNotFound'),
  );
});
