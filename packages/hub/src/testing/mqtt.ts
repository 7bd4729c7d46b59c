import { type EventEmitter, once } from 'node:events';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { Credentials } from './device.ts';

export interface TestLink {
  readonly client: MqttClient;
  /** Resolves with the next message on the topic. */
  next<Message>(topic: string): Promise<Message>;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

const DEADLINE_MS = 8_000;

/** Connects as MQTT 3.1.1 does; rejects when the hub refuses. */
export async function connectMqtt(
  url: string,
  credentials: Credentials,
  clientId: string,
  options: IClientOptions = {},
): Promise<TestLink> {
  const client = connect(url, {
    ...credentials,
    clientId,
    protocolVersion: 4,
    rejectUnauthorized: false,
    reconnectPeriod: 0,
    connectTimeout: DEADLINE_MS,
    ...options,
  });
  const ended = new Promise<void>((resolve) => client.once('close', () => resolve()));
  const received: { topic: string; message: unknown; taken?: boolean }[] = [];
  client.on('message', (topic, payload) => received.push({ topic, message: JSON.parse(payload.toString()) }));
  let failure: Error | undefined;
  client.on('error', (error) => {
    failure = error;
  });
  await Promise.race([
    once(client as unknown as EventEmitter, 'connect'),
    ended.then(() => {
      throw failure ?? new Error('the connection was closed');
    }),
  ]);

  const next = async <Message>(topic: string): Promise<Message> => {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      const found = received.find((it) => !it.taken && it.topic === topic);
      if (found) {
        found.taken = true;
        return found.message as Message;
      }
      await once(client as unknown as EventEmitter, 'message', { signal });
    }
  };

  return { client, next, ended, close: () => client.endAsync(true) };
}
