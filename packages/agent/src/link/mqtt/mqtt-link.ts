import type { Duplex } from 'node:stream';
import {
  ack,
  busy,
  command,
  type DownKind,
  downKinds,
  downTopic,
  encodeBatch,
  nudge,
  parseTopic,
  type UpKind,
  upTopic,
  welcome,
} from '@skerry/contracts';
import { type Clock, deadlineSignal, type Logger, withDeadline } from '@skerry/kit';
import { MqttClient } from 'mqtt';
import { agentError } from '../../errors.ts';
import type { DeviceIdentity } from '../../identity/identity.ts';
import type { Self } from '../../self.ts';
import { hubDocuments } from '../documents.ts';
import type { Link, LinkConnection, LinkListener } from '../link.ts';
import { openSocket } from './open-socket.ts';

const CONNECT_DEADLINE_MS = 15_000;
const CLOSE_DEADLINE_MS = 1_000;
const KEEPALIVE_S = 30;
/** Bytes that may wait in the socket; more than that, and the other side has long stopped reading. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export interface MqttLinkOptions {
  readonly self: Self;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** MQTT 3.1.1 over WebSocket, mutual TLS, clean sessions. Each connection is made once; the session makes the next. */
export function mqttLink(options: MqttLinkOptions): Link {
  let attempts = 0;
  return {
    ...hubDocuments(options.self.hub),
    async connect(listener, signal) {
      const identity = options.self.identity;
      const address = new URL(identity.addresses[attempts++ % identity.addresses.length]!);
      const limited = deadlineSignal(
        CONNECT_DEADLINE_MS,
        options.clock,
        `connecting to ${address.host}`,
        signal,
      );
      try {
        const stream = await openSocket(address, identity, options.self.time, limited.signal);
        return await openSession({ ...options, identity, address, stream, listener }, limited.signal);
      } finally {
        limited.stop();
      }
    },
  };
}

/** A connection on its way to be one. */
interface Opening extends MqttLinkOptions {
  readonly identity: DeviceIdentity;
  readonly address: URL;
  readonly stream: Duplex;
  readonly listener: LinkListener;
}

async function openSession(opening: Opening, signal: AbortSignal): Promise<LinkConnection> {
  const { identity, stream, listener, logger } = opening;
  const client = new MqttClient(() => stream, {
    clientId: identity.deviceId,
    protocolVersion: 4,
    clean: true,
    keepalive: KEEPALIVE_S,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_DEADLINE_MS,
    queueQoSZero: false,
    resubscribe: false,
  });
  const ended = endOf(client);
  client.on('message', (topic, payload) => receive(topic, payload, listener, logger));
  const abort = () => client.end(true);
  signal.addEventListener('abort', abort);
  try {
    await connected(client, ended);
    await subscribe(client, identity);
  } catch (error) {
    client.end(true);
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return connectionOver(client, ended, opening);
}

function connectionOver(
  client: MqttClient,
  ended: Promise<string>,
  { identity, address, stream, clock }: Opening,
): LinkConnection {
  const publish = (kind: UpKind, payload: string | Uint8Array) => {
    if (stream.writableLength > MAX_WAITING_BYTES) client.end(true);
    else
      client.publish(upTopic(identity, kind), typeof payload === 'string' ? payload : Buffer.from(payload));
  };
  /** With a farewell, so that the hub need not wait for the keep-alive; a hub that is gone is not waited for. */
  const close = async () => {
    const farewell = client.endAsync();
    await withDeadline(farewell, CLOSE_DEADLINE_MS, clock, 'taking leave of the hub').catch(() =>
      client.end(true),
    );
  };
  return {
    address: `wss://${address.host}`,
    ended,
    hello: (hello) => publish('hello', JSON.stringify(hello)),
    confirm: (confirm) => publish('confirm', JSON.stringify(confirm)),
    report: (report) => publish('report', JSON.stringify(report)),
    answer: (answer) => publish('answer', JSON.stringify(answer)),
    batch: (header, body) => publish('batch', encodeBatch(header, body)),
    close,
  };
}

/** Resolves with the last error's words, or with what is known, when the client is done for. */
function endOf(client: MqttClient): Promise<string> {
  return new Promise((resolve) => {
    let why = 'the connection was closed';
    client.on('error', (error) => {
      why = error.message;
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

/** Parses what came, and hands it on. */
const deliver = {
  welcome: (to, json) => to.welcome(welcome.parse(json)),
  busy: (to, json) => to.busy(busy.parse(json)),
  ack: (to, json) => to.ack(ack.parse(json)),
  nudge: (to, json) => to.nudge(nudge.parse(json)),
  command: (to, json) => to.command(command.parse(json)),
} satisfies Record<DownKind, (to: LinkListener, json: unknown) => void>;

/** A message that cannot be read is left out: the hub may be newer, and repeats what matters. */
function receive(topic: string, payload: Buffer, listener: LinkListener, logger: Logger): void {
  const parsed = parseTopic(topic);
  if (parsed?.direction !== 'down') return;
  try {
    const json: unknown = JSON.parse(payload.toString());
    deliver[parsed.kind](listener, json);
  } catch (error) {
    logger.warn('a message of the hub was not understood', { kind: parsed.kind, error });
  }
}
