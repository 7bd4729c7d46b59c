import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Db } from '../db/schema.ts';

const prefix = 'skerry_hub_';
/** Gauges of prom-client with names that Prometheus keeps for counters; the same by type stay. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** What Prometheus reads. Counts alone: no name of a device, and no label that grows with the fleet. */
export function hubMetrics(db: Db, version: string, takesMessages: () => boolean): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix });
  for (const name of misnamed) registry.removeSingleMetric(prefix + name);
  new Gauge({
    name: 'skerry_hub_build_info',
    help: 'Version of the hub, as a label',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
  new Gauge({
    name: 'skerry_hub_devices',
    help: 'Devices that have joined, by whether they have a live session',
    labelNames: ['connected'],
    registers: [registry],
    async collect() {
      const { all = 0, connected = 0 } = await countDevices(db);
      this.set({ connected: 'true' }, Number(connected));
      this.set({ connected: 'false' }, Number(all) - Number(connected));
    },
  });
  new Gauge({
    name: 'skerry_hub_takes_messages',
    help: '0 while less of the disk is free than is to stay so: devices keep what they have',
    registers: [registry],
    collect() {
      this.set(takesMessages() ? 1 : 0);
    },
  });
  return registry;
}

async function countDevices(db: Db) {
  return db
    .selectFrom('devices')
    .select((select) => [
      select.fn.countAll<number>().as('all'),
      select.fn.sum<number>('connected').as('connected'),
    ])
    .executeTakeFirstOrThrow();
}

/** Measures every answer, by route and not by address, so that names make no new series. */
export function measureAnswers(app: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: 'skerry_hub_http_request_duration_seconds',
    help: 'How long answers of the people’s API took',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const route = routeOptions.url ?? 'none';
    seconds.observe({ method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
}
