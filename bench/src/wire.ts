import type { Benchmark, BenchmarkOptions, Reading } from './benchmark.ts';
import { type BenchStream, benchStream } from './link/bench-stream.ts';
import { type Bodies, bodiesOf } from './link/bodies.ts';
import { type CountingRelay, startCountingRelay, type Traffic } from './link/counting-relay.ts';
import { joinDevices } from './link/join-devices.ts';
import { startBenchHub } from './link/start-hub.ts';

/** As many as the figure names. */
const PER_BATCH = 500;
const BATCHES = 20;

/** What a reading costs on the way to the hub. */
export const wire: Benchmark = {
  name: 'wire',
  notes: [
    `wire: readings (label, confidence, time) as a pipeline records them, ${PER_BATCH} a batch, over MQTT with TLS to a real hub, through`,
    '  a relay that counts the bytes of both directions, acknowledgements included. At the IP layer: with 52 bytes of IP and',
    '  TCP headers for each segment of at most 1,448 bytes, and for an acknowledgement of every second one. A connection:',
    '  TCP payload of the handshake with both certificates, subscriptions, hello and welcome.',
  ],
  async open(options) {
    const { relay, stream, bodies, connecting } = await connectThrough(options);
    return async () => [...(await measure(relay, stream, bodies)), connecting];
  },
};

async function connectThrough(options: BenchmarkOptions) {
  const { hub, mqttPort } = await startBenchHub(options);
  const relay = options.stack.use(await startCountingRelay(mqttPort));
  const bodies = bodiesOf(PER_BATCH);
  const [device] = await joinDevices(hub, 1);
  const stream = benchStream(device!, bodies);
  await stream.begin(relay.port);
  options.stack.defer(() => stream.close());
  const value = relay.traffic().payload;
  return { relay, stream, bodies, connecting: { name: 'a connection', unit: 'bytes', value } };
}

async function measure(relay: CountingRelay, stream: BenchStream, bodies: Bodies): Promise<Reading[]> {
  const before = relay.traffic();
  let compressed = 0;
  for (let i = 0; i < BATCHES; i++) {
    compressed += bodies.from(stream.acknowledged + 1).length;
    await stream.send();
  }
  const after = relay.traffic();
  const each = (of: keyof Traffic) => (after[of] - before[of]) / (BATCHES * PER_BATCH);
  return [
    { name: 'a reading, at the IP layer', unit: 'bytes', goal: 24, value: each('atIp') },
    { name: 'a reading, TCP payload', unit: 'bytes', value: each('payload') },
    { name: 'a reading, compressed', unit: 'bytes', value: compressed / (BATCHES * PER_BATCH) },
  ];
}
