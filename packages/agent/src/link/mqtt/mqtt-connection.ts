import type { Duplex } from 'node:stream';
import { downKinds, downTopic, encodeBatch, parseTopic, type UpKind, upTopic } from '@skerry/contracts';
import { type Clock, withDeadline } from '@skerry/kit';
import { MqttClient } from 'mqtt';
import { agentError } from '../../errors.ts';
import type { DeviceIdentity } from '../../identity/identity.ts';
import { hear } from '../hear.ts';
import { fellSilent } from '../keep-alive.ts';
import type { LinkConnection } from '../link.ts';
import { openTls, type TlsWay } from '../open-tls.ts';
import type { OpenConnection, Opening, WireOptions } from '../ways.ts';
import { openWebSocket } from './web-socket.ts';

const CLOSE_DEADLINE_MS = 1_000;
/** Bytes that may wait in the socket; more than that, and the other side has long stopped reading. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** MQTT 3.1.1 over WebSocket: the port of HTTPS is enough. */
export const openMqttOverWs: OpenConnection = (opening, options) =>
  openMqtt('wss', openWebSocket, opening, options);

/** MQTT 3.1.1 over TLS and nothing else: the fewest bytes. */
export const openMqttOverTls: OpenConnection = (opening, options) =>
  openMqtt('mqtts', openTls, opening, options);

type OpenStream = (address: URL, way: TlsWay, signal: AbortSignal) => Promise<Duplex>;

/** A connection on its way to be one. */
interface Opened extends Opening, WireOptions {
  readonly identity: DeviceIdentity;
  readonly scheme: string;
  readonly stream: Duplex;
}

async function openMqtt(
  scheme: string,
  openStream: OpenStream,
  opening: Opening,
  options: WireOptions,
): Promise<LinkConnection> {
  const { identity, time } = options.self;
  const { address, signal } = opening;
  const stream = await openStream(address, { identity, time, dial: options.dial }, signal);
  return openSession({ ...options, ...opening, identity, scheme, stream });
}

/** A clean session, made once: whoever wants another opens another. */
async function openSession(opened: Opened): Promise<LinkConnection> {
  const { identity, stream, listener, logger, pace, signal } = opened;
  const client = new MqttClient(() => stream, {
    clientId: identity.deviceId,
    protocolVersion: 4,
    clean: true,
    keepalive: Math.ceil(pace.keepAliveMs / 1000),
    reconnectPeriod: 0,
    // Whoever opens it has a deadline of their own.
    connectTimeout: 24 * 3_600_000,
    queueQoSZero: false,
    resubscribe: false,
  });
  const ended = endOf(client);
  client.on('message', (topic, payload) => {
    const parsed = parseTopic(topic);
    if (parsed?.direction === 'down')
      hear(parsed.kind, () => JSON.parse(payload.toString()), listener, logger);
  });
  const abort = () => client.end(true);
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    await connected(client, ended);
    await subscribe(client, identity);
  } catch (error) {
    client.end(true);
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return connectionOver(client, ended, opened);
}

function connectionOver(client: MqttClient, ended: Promise<string>, opened: Opened): LinkConnection {
  const { identity, scheme, address, stream, clock } = opened;
  const publish = (kind: UpKind, payload: string | Uint8Array) => {
    if (stream.writableLength > MAX_WAITING_BYTES) client.end(true);
    else
      client.publish(upTopic(identity, kind), typeof payload === 'string' ? payload : Buffer.from(payload));
  };
  return {
    address: `${scheme}://${address.host}`,
    ended,
    hello: (hello) => publish('hello', JSON.stringify(hello)),
    confirm: (confirm) => publish('confirm', JSON.stringify(confirm)),
    report: (report) => publish('report', JSON.stringify(report)),
    answer: (answer) => publish('answer', JSON.stringify(answer)),
    batch: (header, body) => publish('batch', encodeBatch(header, body)),
    close: () => takeLeave(client, stream, clock),
  };
}

/**
 * With a farewell, so that the hub need not wait for the keep-alive. A hub that does not take it is not waited for: the
 * client, which waits for the stream's end, looks at nothing else any more.
 */
async function takeLeave(client: MqttClient, stream: Duplex, clock: Clock): Promise<void> {
  const farewell = client.endAsync();
  await withDeadline(farewell, CLOSE_DEADLINE_MS, clock, 'taking leave of the hub').catch(() =>
    stream.destroy(),
  );
}

/** Resolves with the last error's words, or with what is known, when the client is done for. */
export function endOf(client: MqttClient): Promise<string> {
  return new Promise((resolve) => {
    let why = 'the connection was closed';
    client.on('error', (error) => {
      why = error.message === 'Keepalive timeout' ? fellSilent : error.message;
    });
    client.once('close', () => {
      client.end(true);
      resolve(why);
    });
  });
}

function connected(client: MqttClient, ended: Promise<string>): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve());
    ended.then((why) => reject(agentError('Unreachable', `the hub did not take the connection: ${why}`)));
  });
}

async function subscribe(client: MqttClient, identity: DeviceIdentity): Promise<void> {
  const granted = await client.subscribeAsync(downKinds.map((kind) => downTopic(identity, kind)));
  const refused = granted.find(({ qos }) => qos === 128);
  if (refused) throw agentError('TopicRefused', `the hub refused a subscription to ${refused.topic}`);
}
