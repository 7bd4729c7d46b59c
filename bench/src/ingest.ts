import { join } from 'node:path';
import type { Benchmark, BenchmarkOptions, Reading } from './benchmark.ts';
import type { BareStoreOrder } from './link/bare-store-child.ts';
import type { Flooded, FloodOrder } from './link/flood-child.ts';
import { metric, readMetrics } from './link/hub-metrics.ts';
import { type BenchDevice, joinDevices } from './link/join-devices.ts';
import type { Neighbours, NeighboursOrder } from './link/neighbours-child.ts';
import { type BenchHub, startBenchHub } from './link/start-hub.ts';
import { type Helper, startHelper } from './orders.ts';

const DEVICES = 50;
const PER_BATCH = 380;
const PUSH_BYTES = 200e6;

/** What one hub process takes from its devices, alone and beside people's work. */
export const ingest: Benchmark = {
  name: 'ingest',
  notes: [
    `ingest: ${DEVICES} devices with certificates of their own, MQTT over TLS, readings in gzipped batches of ${PER_BATCH}, one on its`,
    '  way per device; counted once the hub has acknowledged them, which it does after its commit. Hub and devices share',
    '  the machine. Bare: one thread inserts the same rows into the same tables, a batch a transaction, nothing else.',
    '  Beside: while 200 MB are pushed to the registry and the telemetry of a device is read, page after page. The delay',
    '  of the event loop is the hub’s own, as /metrics tells it (10 ms of it are the distance of its measurements).',
  ],
  async open(options) {
    const sides = await startSides(options);
    return async () => {
      const bare = await sides.bare.ask(sides.bareOrder);
      const alone = await sides.flood(options.quick ? 3_000 : 8_000);
      const beside = await floodBeside(sides);
      return [...figuresAlone(alone, bare.perSecond), ...beside];
    };
  },
};

interface Sides extends BenchHub {
  readonly devices: readonly BenchDevice[];
  readonly flood: (forMs: number) => Promise<Flooded>;
  readonly neighbours: Helper<NeighboursOrder, Neighbours>;
  readonly bare: Helper<BareStoreOrder, { perSecond: number }>;
  readonly bareOrder: BareStoreOrder;
}

async function startSides(options: BenchmarkOptions): Promise<Sides> {
  const { stack, say, quick } = options;
  const { hub, mqttPort } = await startBenchHub(options);
  say(`ingest: ${DEVICES} devices join`);
  const devices = await joinDevices(hub, DEVICES);
  const load = stack.use(startHelper<FloodOrder, Flooded>('link/flood-child'));
  await load.ask({ open: { port: mqttPort, devices, perBatch: PER_BATCH } });
  const flood = (forMs: number) => load.ask({ forMs });
  await flood(1_000);
  const bareOrder = {
    like: join(hub.data, 'hub.db'),
    devices: devices.map(({ deviceId }) => deviceId),
    perBatch: PER_BATCH,
    forMs: quick ? 1_000 : 4_000,
  };
  return {
    ...{ hub, mqttPort, devices, flood, bareOrder },
    neighbours: stack.use(startHelper<NeighboursOrder, Neighbours>('link/neighbours-child')),
    bare: stack.use(startHelper<BareStoreOrder, { perSecond: number }>('link/bare-store-child')),
  };
}

const perSecond = ({ acknowledged, tookMs }: Flooded) => (acknowledged * 1000) / tookMs;

function figuresAlone(alone: Flooded, bare: number): Reading[] {
  const taken = perSecond(alone);
  return [
    { name: 'persisted and acknowledged', unit: 'messages/s', goal: 30_000, bound: 'at least', value: taken },
    { name: 'bare SQLite', unit: 'messages/s', value: bare },
    { name: 'of bare SQLite', unit: '×', value: taken / bare },
  ];
}

/** The flood lasts for as long as the push does, and the delay is that of this time alone: each look begins it anew. */
async function floodBeside({ hub, devices, flood, neighbours }: Sides): Promise<Reading[]> {
  const { api, adminToken: token } = hub;
  await readMetrics(api);
  const pushed = neighbours.ask({ api, token, device: devices[0]!.name, pushBytes: PUSH_BYTES });
  let isPushing = true;
  const done = pushed.finally(() => {
    isPushing = false;
  });
  const floods: Flooded[] = [];
  while (isPushing) floods.push(await flood(500));
  const { pushMs, pages } = await done;
  const delay = metric(await readMetrics(api), 'skerry_hub_nodejs_eventloop_lag_p99_seconds') * 1000;
  const acknowledged = floods.reduce((sum, one) => sum + one.acknowledged, 0);
  const tookMs = floods.reduce((sum, one) => sum + one.tookMs, 0);
  return [
    { name: 'beside a push and queries: event-loop delay p99', unit: 'ms', goal: 50, value: delay },
    {
      name: 'beside them: persisted and acknowledged',
      unit: 'messages/s',
      value: perSecond({ acknowledged, tookMs }),
    },
    { name: 'beside them: the push', unit: 'MB/s', value: PUSH_BYTES / 1000 / pushMs },
    { name: 'beside them: pages of 5,000 messages read', unit: '/s', value: (pages * 1000) / pushMs },
  ];
}
