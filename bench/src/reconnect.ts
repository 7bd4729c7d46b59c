import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, BenchmarkOptions, Reading } from './benchmark.ts';
import { acknowledgementsBetween, readMetrics } from './link/hub-metrics.ts';
import { type BenchDevice, joinDevices } from './link/join-devices.ts';
import { deliveries } from './link/ledger.ts';
import type { Returned, ReturnOrder } from './link/return-child.ts';
import { type BenchHub, startBenchHub } from './link/start-hub.ts';
import type { SteadyOrder } from './link/steady-child.ts';
import { type Helper, startHelper } from './orders.ts';

const BACKLOG = 1_000;
const PER_BATCH = 250;
const STEADY = { devices: 20, perBatch: 250, everyMs: 1_000 };

/** A p99 of connected devices takes hundreds of their batches: 20 come in a second. */
const CALM_MS = { full: 30_000, quick: 10_000 };

/** What becomes of those who are connected, and of everybody's messages, when a fleet returns at once. */
export const reconnect: Benchmark = {
  name: 'reconnect',
  notes: [
    `reconnect: devices with certificates of their own return at once with ${BACKLOG} messages each, MQTT over TLS, batches of`,
    `  ${PER_BATCH}, beside ${STEADY.devices} connected devices that send ${STEADY.perBatch} messages every second. Acknowledgement: from the arrival of a batch`,
    '  in the hub to its acknowledgement, as /metrics tells it, of connected devices: while nobody returns, and from then',
    '  until all have brought everything. Lost and twice: by a count of what the hub holds of each device, over its API.',
  ],
  async open(options) {
    const sides = await startSides(options);
    let joined = STEADY.devices;
    return () => {
      const before = joined;
      joined += countOf(options);
      return oneReturn(sides, options, before);
    };
  },
};

interface Sides extends BenchHub {
  readonly returning: Helper<ReturnOrder, Returned>;
}

async function startSides(options: BenchmarkOptions): Promise<Sides> {
  const { stack } = options;
  const { hub, mqttPort } = await startBenchHub(options);
  const steady = stack.use(startHelper<SteadyOrder, number>('link/steady-child'));
  const { perBatch, everyMs } = STEADY;
  await steady.ask({ port: mqttPort, devices: await joinDevices(hub, STEADY.devices), perBatch, everyMs });
  return { hub, mqttPort, returning: stack.use(startHelper<ReturnOrder, Returned>('link/return-child')) };
}

const countOf = ({ quick }: BenchmarkOptions) => (quick ? 200 : 1_000);

/** Each round has devices of its own. */
async function oneReturn(sides: Sides, options: BenchmarkOptions, joinedBefore: number): Promise<Reading[]> {
  const { quick, say } = options;
  const { hub, mqttPort: port, returning } = sides;
  const count = countOf(options);
  say(`reconnect: ${count} devices join`);
  const devices = await joinDevices(hub, count, joinedBefore);
  await sleep(2_000);
  const calm = await readMetrics(hub.api);
  await sleep(quick ? CALM_MS.quick : CALM_MS.full);
  const before = await readMetrics(hub.api);
  const returned = await returning.ask({ port, devices, backlog: BACKLOG, perBatch: PER_BATCH });
  const after = await readMetrics(hub.api);
  const calmMs = acknowledgementsBetween(calm, before, 0.99);
  const stormMs = acknowledgementsBetween(before, after, 0.99);
  return [
    ...(await ledger(sides, devices)),
    {
      name: 'connected devices, acknowledgement p99 while all return',
      unit: '× of before',
      goal: 3,
      value: stormMs / calmMs,
    },
    { name: 'connected devices, acknowledgement p99 before', unit: 'ms', value: calmMs },
    { name: 'connected devices, acknowledgement p99 meanwhile', unit: 'ms', value: stormMs },
    { name: 'all drained after', unit: 's', value: returned.tookMs / 1000 },
    { name: 'drained', unit: 'messages/s', value: (count * BACKLOG * 1000) / returned.tookMs },
    { name: 'told to come back later, per device', unit: '', value: returned.sentAway / count },
    { name: 'connections refused, per device', unit: '', value: returned.refused / count },
  ];
}

async function ledger({ hub }: Sides, devices: readonly BenchDevice[]): Promise<Reading[]> {
  const { missing, twice } = await deliveries(hub.people, devices, BACKLOG);
  return [
    { name: 'messages lost', unit: '', goal: 0, value: missing },
    { name: 'messages twice', unit: '', goal: 0, value: twice },
  ];
}
