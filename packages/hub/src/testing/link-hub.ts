import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { createInterface } from 'node:readline';
import { type DownKind, decodeJoinToken, downTopic, parseTopic } from '@skerry/contracts';
import { lifetime, silentLogger } from '@skerry/kit';
import { nodeClock, nodeCompression, nodeDisk, nodeRandom } from '@skerry/kit/node';
import type { FastifyInstance } from 'fastify';
import { startBroker } from '../broker/broker.ts';
import { openSqlite } from '../db/open.ts';
import { startDeviceCore } from '../device-core.ts';
import { type DevicesPort, openDevicesPort } from '../devices-port/devices-port.ts';
import { fetching } from '../devices-port/fetching.ts';
import type { Peers } from '../devices-port/peers.ts';
import { hubContext } from '../hub-context.ts';
import { joinRoutes } from '../identity/routes.ts';
import { installHub } from '../installation/service.ts';
import { linkCarrier } from '../link/carrier.ts';
import { httpsLinkRoutes } from '../link/https-routes.ts';
import { linkRoutes } from '../link/routes.ts';
import { projectNamed } from '../projects/read-model.ts';
import { join } from './device.ts';

/**
 * The hub's end of the link for the conformance suite of the agent's: port, certificates, broker and HTTPS are real,
 * and in place of the conversation stands whoever started this process. A line of JSON each way:
 *
 *     → {"ready":true,"https":PORT,"mqtts":PORT,"device":{…}}      → {"said":KIND,"payload":BASE64}    → {"done":N}
 *     ← {"n":N,"do":"tell","kind":KIND,"message":{…}}, or "cut", "revoke", "down", "up"
 */
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const data = await mkdtemp(joinPath(tmpdir(), 'skerry-link-hub-'));
const clock = nodeClock();
const life = lifetime({ clock, logger: silentLogger });
const db = await openSqlite(joinPath(data, 'hub.db'), clock);
const context = hubContext({
  db,
  clock,
  random: nodeRandom(),
  logger: silentLogger,
  onDesiredChanged: () => {},
});
await installHub(context);
const core = await startDeviceCore(
  {
    context,
    life,
    disk: nodeDisk(),
    compression: nodeCompression(),
    data,
    advertise: ['127.0.0.1'],
    deviceCertificateLife: 3_600_000,
    hasSpace: () => true,
  },
  () => ['https://127.0.0.1:1'],
  async (carried) => {
    const carrier = await linkCarrier({ ...context, ...carried, startBroker });
    const hear = (topic: string, payload: Uint8Array) => {
      say({ said: parseTopic(topic)?.kind, payload: Buffer.from(payload).toString('base64') });
      return true;
    };
    return { ...carrier, subscribe: (filter: string) => carrier.subscribe(filter, hear) };
  },
);
const { identity, broker, desired } = core;

const openPort = (port: number, mqttPort: number): Promise<DevicesPort> =>
  openDevicesPort({
    ...context,
    ...identity,
    broker,
    fetching: fetching(context),
    host: '127.0.0.1',
    port,
    mqttPort,
    routes: async (app: FastifyInstance, peers: Peers) => {
      await app.register(joinRoutes(identity.authority, identity.joins, peers, clock));
      await app.register(linkRoutes(desired, peers));
      await app.register(httpsLinkRoutes(broker.https, peers));
    },
  });
let port: DevicesPort = await openPort(0, 0);
const ports = { https: port.port, mqtts: port.mqttPort };

const project = await projectNamed(db, 'default');
const { token } = await identity.tokens.create(
  project.id,
  { uses: 1, labels: {}, expiresInSeconds: 3_600 },
  'ada',
);
const { joined, key } = await join(ports.https, decodeJoinToken(token)!);
const { deviceId } = joined;

interface Order {
  readonly n: number;
  readonly do: 'tell' | 'cut' | 'revoke' | 'down' | 'up';
  readonly kind: DownKind;
  readonly message: object;
}

const obey: Record<Order['do'], (order: Order) => unknown> = {
  tell: ({ kind, message }) => broker.publish(downTopic(joined, kind), JSON.stringify(message)),
  cut() {
    broker.cut(deviceId);
    broker.https.end(deviceId);
  },
  async revoke() {
    await identity.certificates.revoke(db, deviceId);
    port.disconnect(deviceId);
    broker.https.end(deviceId);
  },
  down: () => port.close(),
  async up() {
    port = await openPort(ports.https, ports.mqtts);
  },
};

const lines = createInterface({ input: process.stdin });
lines.on('line', async (line) => {
  const order: Order = JSON.parse(line);
  await obey[order.do](order);
  say({ done: order.n });
});
lines.once('close', async () => {
  await port.close();
  await life.stop();
  await db.destroy();
  await rm(data, { recursive: true, force: true });
});
say({ ready: true, ...ports, device: { ...joined, key } });
