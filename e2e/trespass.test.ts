import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersion, downTopic, upTopic } from '@skerry/contracts';
import {
  type Agent,
  eventOf,
  type Hub,
  joinDevice,
  openStage,
  type StolenIdentity,
  startAgent,
  startHub,
  stealIdentity,
  until,
} from '@skerry/testkit';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';

/** What a thief who has a whole device, key and certificate, tries with it; each ends without success. */
interface Crime {
  readonly name: string;
  /** What the hub puts on record of it. */
  readonly record: RegExp;
  attempt(link: Link, thief: StolenIdentity, victim: StolenIdentity): Promise<void>;
}

/** Opens MQTT as the thief, except for what the options say. */
type Link = (options?: IClientOptions) => Promise<MqttClient>;

const crimes: readonly Crime[] = [
  {
    name: 'publishing as another',
    record: /publish refused.*another device/,
    async attempt(link, _thief, victim) {
      await isCutOff(await link(), (client) => client.publish(upTopic(victim, 'report'), '{}'));
    },
  },
  {
    name: 'ordering another about',
    record: /publish refused.*another device/,
    async attempt(link, _thief, victim) {
      await isCutOff(await link(), (client) => client.publish(downTopic(victim, 'nudge'), '{}'));
    },
  },
  {
    name: 'listening to another',
    record: /subscribe refused.*another device/,
    async attempt(link, _thief, victim) {
      await getsNothing(await link(), downTopic(victim, 'welcome'));
    },
  },
  {
    name: 'listening by wildcard',
    record: /subscribe refused.*wildcard/,
    async attempt(link, { projectId }) {
      const client = await link();
      for (const filter of ['#', '+/#', `skerry/v1/${projectId}/+/up/#`]) await getsNothing(client, filter);
    },
  },
  {
    name: 'leaving a will on another’s topic',
    record: /will refused/,
    async attempt(link, _thief, victim) {
      const will = {
        topic: upTopic(victim, 'report'),
        payload: Buffer.from('{}'),
        qos: 0,
        retain: false,
      } as const;
      await assert.rejects(link({ will }));
    },
  },
  {
    name: 'taking another’s client id',
    record: /connect refused.*client id/,
    async attempt(link, _thief, victim) {
      await assert.rejects(link({ clientId: victim.deviceId }));
    },
  },
  {
    name: 'leaving a retained message',
    record: /publish refused.*retained/,
    async attempt(link, thief) {
      await isCutOff(await link(), (client) =>
        client.publish(upTopic(thief, 'report'), '{}', { retain: true }),
      );
    },
  },
  {
    name: 'a packet of 10 MB',
    record: /packet refused/,
    async attempt(link, thief) {
      const flood = Buffer.alloc(10_000_000);
      await isCutOff(await link(), (client) => client.publish(upTopic(thief, 'batch'), flood));
    },
  },
];

test('what a stolen device may not do is refused and on record, and its neighbour does not notice', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  const neighbour = await startAgent(stage, await joinDevice(stage, hub, { name: 'neighbour' }));
  await until(() => isConnected(hub, neighbour), { what: 'the neighbour is connected' });
  const victim = await stealIdentity(neighbour.state);

  for (const [index, crime] of crimes.entries())
    await t.test(crime.name, async () => {
      const name = `thief-${index}`;
      const thief = await stealIdentity((await joinDevice(stage, hub, { name })).state);
      await using links = openLinks(hub, thief);
      await crime.attempt(links.open, thief, victim);
      const event = await eventOf(hub.people, name, 'TopicRefused');
      assert.match(event.message, crime.record);
      assert.equal(event.severity, 'Warning');
    });

  await t.test('the neighbour has kept its session, and hears what is meant for it', () =>
    staysUnharmed(hub, neighbour),
  );
});

async function staysUnharmed(hub: Hub, neighbour: Agent): Promise<void> {
  const events = await hub.people.events({ device: neighbour.name, most: 100 });
  assert.deepEqual(
    events.filter(({ severity }) => severity === 'Warning'),
    [],
  );
  assert.equal(events.filter(({ reason }) => reason === 'Connected').length, 1);
  await moveTo(hub, neighbour, 'leeds');
  const follows = async () => {
    const { desired, reported } = (await hub.people.devices.get(neighbour.name)).value.status;
    return desired !== undefined && reported.applied?.version === desired.version;
  };
  await until(follows, { what: 'the neighbour applied what it was nudged to' });
}

async function moveTo(hub: Hub, { name }: Agent, site: string): Promise<void> {
  const spec = { timeZone: 'Europe/London', power: 'mains', network: 'wired' } as const;
  await hub.people.sites.put({ apiVersion, kind: 'Site', metadata: { name: site }, spec });
  await hub.people.devices.put({ apiVersion, kind: 'Device', metadata: { name }, spec: { site } });
}

async function isConnected(hub: Hub, { name }: Agent): Promise<boolean> {
  return (await hub.people.devices.get(name)).value.status.connected;
}

function openLinks(hub: Hub, { key, cert, root, deviceId }: StolenIdentity) {
  const clients: MqttClient[] = [];
  const open: Link = async (options) => {
    const client = connect(`wss://127.0.0.1:${hub.devicesPort}/mqtt`, {
      key,
      cert,
      ca: root,
      clientId: deviceId,
      protocolVersion: 4,
      reconnectPeriod: 0,
      connectTimeout: 5_000,
      ...options,
    });
    clients.push(client);
    await connected(client);
    return client;
  };
  return {
    open,
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.end(true);
    },
  };
}

function connected(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('close', () => reject(new Error('the connection was refused')));
    client.on('error', reject);
  });
}

async function isCutOff(client: MqttClient, crime: (client: MqttClient) => void): Promise<void> {
  crime(client);
  await until(() => !client.connected, { what: 'the hub cut the connection' });
}

async function getsNothing(client: MqttClient, filter: string): Promise<void> {
  await assert.rejects(client.subscribeAsync(filter));
}
