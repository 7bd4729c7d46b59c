import { type DeviceAddress, type DownKind, type UpKind, upTopic } from '@skerry/contracts';
import { type Clock, type Random, type Stop, uuidv7 } from '@skerry/kit';
import type { Presence } from '../broker/broker.ts';

/** A message for a device, as the JSON that it is. */
export interface Told {
  readonly n: number;
  readonly kind: DownKind;
  readonly json: string;
}

/** Devices that are connected by asking again and again (contracts `link/https.ts`): one connection for each. */
export interface HttpsConnections {
  /** Opens one; the device's older one is over. Gives its id, or undefined where the older one stays. */
  open(device: DeviceAddress): string | undefined;
  /** A message of the device, the `n`th of its connection; one that came already is not handed on again. */
  take(device: DeviceAddress, id: string, n: number, kind: UpKind, payload: Uint8Array): Taken;
  /** What is there for the device after `after`, as soon as there is something; undefined when the connection is over. */
  next(device: DeviceAddress, id: string, question: Question): Promise<readonly Told[] | undefined>;
  /** Says something to a device. False when it has no connection here. */
  tell(deviceId: string, kind: DownKind, json: string): boolean;
  /** Ends the device's connection, or only the one of that id. */
  end(deviceId: string, id?: string): void;
  /** Ends the device's connection since a newer one has come; what it was told before can still be asked for. */
  giveWay(deviceId: string): void;
  /** Ends all. */
  close(): void;
}

export interface Question {
  readonly after: number;
  /** How long the device waits for an answer. */
  readonly holdMs: number;
  /** Aborts when the answer is over, as when the one who asked is gone. */
  readonly over: AbortSignal;
}

/** `busy`: too much waits, so the device has to say it again later. `gone`: the connection is over. */
export type Taken = 'taken' | 'busy' | 'gone';

export interface HttpsConnectionOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly presence: Presence;
  /** False when it cannot be taken now. */
  readonly receive: (topic: string, payload: Uint8Array) => boolean;
}

interface Connection {
  readonly id: string;
  readonly device: DeviceAddress;
  lastUp: number;
  lastDown: number;
  waiting: Told[];
  /** Wakes the question that is held. */
  wake: () => void;
  /** Ends the wait for the next question. */
  stopSilence: Stop;
}

/** Milliseconds without a question after which the device is taken to be offline. */
const LONGEST_SILENCE = 45_000;
/** Milliseconds for which a connection that gave way is answered. */
const LAST_WORDS = 60_000;
/** What may wait for one device; more than that, and it has long stopped asking. */
const MAX_WAITING = 256;
const MAX_WAITING_BYTES = 1024 * 1024;

export function httpsConnections(options: HttpsConnectionOptions): HttpsConnections {
  const { clock, random, presence, receive } = options;
  const live = new Map<string, Connection>();
  /** The last that gave way, of each device. */
  const gaveWay = new Map<string, Connection>();

  const end = (deviceId: string, id?: string) => {
    const connection = live.get(deviceId);
    if (!connection || (id !== undefined && connection.id !== id)) return;
    live.delete(deviceId);
    connection.stopSilence();
    connection.wake();
    presence.disconnected(connection.device);
  };
  const forget = (deviceId: string) => {
    gaveWay.get(deviceId)?.stopSilence();
    gaveWay.delete(deviceId);
  };
  const giveWay = (deviceId: string) => {
    const connection = live.get(deviceId);
    if (!connection) return;
    forget(deviceId);
    end(deviceId);
    gaveWay.set(deviceId, connection);
    connection.stopSilence = clock.timer(LAST_WORDS, () => forget(deviceId));
  };
  const lastWords = ({ deviceId }: DeviceAddress, id: string, after: number) => {
    const connection = gaveWay.get(deviceId);
    const words = connection?.id === id ? connection.waiting.filter(({ n }) => n > after) : [];
    return words.length > 0 ? words : undefined;
  };
  const expectQuestion = (connection: Connection) => {
    const { device, id } = connection;
    connection.stopSilence();
    connection.stopSilence = clock.timer(LONGEST_SILENCE, () => end(device.deviceId, id));
  };
  const find = ({ deviceId }: DeviceAddress, id: string) => {
    const connection = live.get(deviceId);
    return connection?.id === id ? connection : undefined;
  };

  /** Until something is there, the time is over, or another question comes. */
  const wait = async (connection: Connection, { holdMs, over }: Question) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    const stop = clock.timer(holdMs, wake);
    over.addEventListener('abort', wake);
    if (over.aborted) wake();
    connection.wake = wake;
    await promise;
    stop();
    over.removeEventListener('abort', wake);
    return connection.wake === wake;
  };

  return {
    open(device) {
      if (!presence.makeWay(device)) return undefined;
      giveWay(device.deviceId);
      const id = uuidv7(clock, random);
      const none = () => {};
      const connection = { id, device, lastUp: 0, lastDown: 0, waiting: [], wake: none, stopSilence: none };
      live.set(device.deviceId, connection);
      expectQuestion(connection);
      presence.connected(device, 'HttpsPoll');
      return id;
    },

    take(device, id, n, kind, payload) {
      const connection = find(device, id);
      // It is heard no more; it shall hear why before it finds that it is gone.
      if (!connection && lastWords(device, id, 0)) return 'busy';
      if (!connection || n > connection.lastUp + 1) return 'gone';
      if (n <= connection.lastUp) return 'taken';
      if (!receive(upTopic(device, kind), payload)) return 'busy';
      connection.lastUp = n;
      return 'taken';
    },

    async next(device, id, question) {
      const connection = find(device, id);
      if (!connection) return lastWords(device, id, question.after);
      connection.stopSilence();
      connection.wake();
      connection.waiting = connection.waiting.filter(({ n }) => n > question.after);
      const isLatest = connection.waiting.length > 0 || (await wait(connection, question));
      if (!find(device, id)) return lastWords(device, id, question.after);
      if (!isLatest) return [];
      expectQuestion(connection);
      return connection.waiting;
    },

    tell(deviceId, kind, json) {
      const connection = live.get(deviceId);
      if (!connection) return false;
      connection.waiting.push({ n: ++connection.lastDown, kind, json });
      if (isTooMuch(connection.waiting)) end(deviceId);
      else connection.wake();
      return true;
    },

    end,
    giveWay,
    close() {
      for (const deviceId of [...gaveWay.keys()]) forget(deviceId);
      for (const deviceId of [...live.keys()]) end(deviceId);
    },
  };
}

function isTooMuch(waiting: readonly Told[]): boolean {
  return (
    waiting.length > MAX_WAITING ||
    waiting.reduce((sum, { json }) => sum + json.length, 0) > MAX_WAITING_BYTES
  );
}
