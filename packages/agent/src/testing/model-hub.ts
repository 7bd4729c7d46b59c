import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import {
  type BatchHeader,
  type CommandAnswer,
  emptyStreamHash,
  eventTypes,
  type Hello,
  maxPackedBatchBytes,
  nextStreamHash,
  type Report,
  type StreamOrder,
  type StreamState,
  splitEvents,
  type Welcome,
} from '@skerry/contracts';
import type { LinkListener } from '../link/link.ts';
import type { MemoryHub } from '../link/memory/memory-link.ts';

interface Held {
  epoch: number;
  next: number;
  hash: string;
  /** Running hash after each number of the epoch. */
  hashes: string[];
}

/** The hub's end of the link, as the contracts say that it is: no database, no network. */
export interface ModelHub extends MemoryHub {
  /** Ids of the messages that were taken, in order, for `producer/stream`; a repeat is there once. */
  idsOf(stream: string): string[];
  /** How many messages the device gave up, as it told. */
  givenUpOf(stream: string): number;
  readonly reports: Report[];
  readonly hellos: Hello[];
  /** Ids of the sessions whose continuation secret was confirmed. */
  readonly confirmed: string[];
  readonly answers: CommandAnswer[];
  /** Whether the next acknowledgement gets lost. */
  loseAcks: boolean;
  reportVersion: number;
  /** Tells the device that was heard last that its desired state has another ETag. */
  nudge(etag: string): void;
}

export function modelHub(now: () => number): ModelHub {
  const streams = new Map<string, Held>();
  const ids = new Map<string, string[]>();
  const givenUp = new Map<string, number>();
  const reports: Report[] = [];
  const hellos: Hello[] = [];
  const confirmed: string[] = [];
  const answers: CommandAnswer[] = [];
  let session = '';
  let heard: LinkListener | undefined;

  const beginEpoch = (key: string, epoch: number): Held => {
    const held = { epoch, next: 1, hash: emptyStreamHash, hashes: [emptyStreamHash] };
    streams.set(key, held);
    return held;
  };

  const settle = (device: StreamState): Held => {
    const key = `${device.producer}/${device.stream}`;
    const held = streams.get(key);
    if (!held) return beginEpoch(key, Math.max(1, device.epoch));
    if (device.epoch < held.epoch) return held.next === 1 ? held : beginEpoch(key, held.epoch + 1);
    const same = held.hashes[device.acknowledged] === device.hash;
    return device.next < held.next || !same ? beginEpoch(key, held.epoch + 1) : held;
  };

  const orderFor = (device: StreamState): StreamOrder => {
    const held = settle(device);
    const isOld = device.epoch === held.epoch;
    const expected = isOld ? device.acknowledged + 1 : held.next;
    const { producer, stream } = device;
    return { producer, stream, epoch: held.epoch, expected, hash: held.hashes[expected - 1]! };
  };

  /** Gives back how far the device may go; the messages that it repeats are those that were taken. */
  const take = (header: BatchHeader, texts: readonly string[]) => {
    const key = `${header.producer}/${header.stream}`;
    const held = streams.get(key);
    if (!held) return undefined;
    const end = () => ({ epoch: held.epoch, acknowledged: held.next - 1, hash: held.hash });
    if (header.epoch !== held.epoch || header.first > held.next) return end();
    let number = header.first;
    let hash = held.hashes[number - 1]!;
    for (const text of texts) {
      const { numbers, isGivenUp } = standsFor(text);
      const isFresh = number === held.next;
      if (!isFresh && number + numbers > held.next) return end();
      number += numbers;
      hash = nextStreamHash(hash, text);
      held.hashes[number - 1] = hash;
      if (!isFresh) continue;
      held.next = number;
      keep(key, text);
      if (isGivenUp) givenUp.set(key, (givenUp.get(key) ?? 0) + numbers);
    }
    if (number === held.next) held.hash = hash;
    return { epoch: held.epoch, acknowledged: number - 1, hash };
  };

  const keep = (key: string, text: string) => {
    const { id, type } = JSON.parse(text) as { id: string; type: string };
    const known = ids.get(key) ?? [];
    if (type !== eventTypes.dropped && !known.includes(id)) ids.set(key, [...known, id]);
  };

  const hub: ModelHub = {
    reports,
    hellos,
    confirmed,
    answers,
    loseAcks: false,
    reportVersion: 0,
    idsOf: (stream) => ids.get(stream) ?? [],
    givenUpOf: (stream) => givenUp.get(stream) ?? 0,
    hello(hello, device) {
      session = hello.session;
      heard = device;
      hellos.push(hello);
      const time = new Date(now()).toISOString();
      const orders = hello.streams.map(orderFor);
      const etag = hub.desired(undefined)?.etag;
      const welcome: Welcome = {
        session,
        protocol: 1,
        time,
        streams: orders,
        reportVersion: hub.reportVersion,
        ...(etag !== undefined && { desired: etag }),
      };
      device.welcome(welcome);
    },
    confirm: (confirm) => void confirmed.push(confirm.session),
    answer: (answer) => void answers.push(answer),
    batch(header, compressedBody, device: LinkListener) {
      if (header.session !== session) return;
      assert.ok(compressedBody.length <= maxPackedBatchBytes, 'the batch fits into a packet');
      const texts = splitEvents(gunzipSync(compressedBody).toString())!;
      const position = take(header, texts);
      const { producer, stream } = header;
      if (position && !hub.loseAcks) device.ack({ session, producer, stream, ...position });
    },
    report(report) {
      reports.push(report);
      hub.reportVersion = report.version;
    },
    desired: () => undefined,
    nudge: (etag) => heard?.nudge({ desired: etag }),
  };
  return hub;
}

/** How many numbers an event's text stands for, and whether the device gave them up. */
function standsFor(text: string): { numbers: number; isGivenUp: boolean } {
  const { type, data } = JSON.parse(text) as { type: string; data?: { count?: number } };
  if (type !== eventTypes.dropped) return { numbers: 1, isGivenUp: false };
  return { numbers: data?.count ?? 1, isGivenUp: true };
}
