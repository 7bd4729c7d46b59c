import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Reading } from './benchmark.ts';
import { quantile } from './judge.ts';
import { bareAppends } from './outbox/bare-append.ts';
import { type OutboxSide, openOutboxSide } from './outbox/outbox-side.ts';

const MESSAGE_BYTES = 300;
/** Bytes of a record's head, on disk. */
const HEAD_BYTES = 16;
/** Each waits for its promise before it sends more, as a camera or a meter does. */
const SOURCES = 64;
/** Of the messages that come at random moments. */
const PER_SECOND = 200;
/** Each round is cut into so many slices, outbox and bare loop in turns, since disks have moods. */
const SLICES = 16;
const TMPFS = 0x01021994;

/** What it costs to be promised safety, beyond what the disk takes. */
export const outbox: Benchmark = {
  name: 'outbox',
  notes: [
    `outbox: messages of ${MESSAGE_BYTES} bytes, one append each, promised when fdatasync is done; ${SOURCES} sources, each of which sends its`,
    '  next when its last is promised. Bare: a loop of write and fdatasync in the same folder, one for each batch that',
    `  the outbox made, of the same size. Added p50: from append to promise, ${PER_SECOND} messages a second at random moments,`,
    `  less the p50 of write and fdatasync of the batches that they made. All in turns, ${SLICES} times a round, the ratio is their median.`,
  ],
  async open({ quick, stack }) {
    const root = await mkdtemp(join(tmpdir(), 'skerry-bench-outbox-'));
    stack.defer(() => rm(root, { recursive: true, force: true }));
    if ((await statfs(root)).type === TMPFS)
      throw new Error(`${tmpdir()} is in memory, where fdatasync is free: set TMPDIR to a folder on a disk`);
    let round = 0;
    const once = () => measure(join(root, String(++round)), quick ? 60 : 150);
    await once();
    return once;
  },
};

const message = 'x'.repeat(MESSAGE_BYTES);

async function measure(folder: string, sliceMs: number): Promise<Reading[]> {
  const side = await openOutboxSide(join(folder, 'outbox'));
  const flow: Flow[] = [];
  const delays: Delays[] = [];
  for (let slice = 0; slice < SLICES; slice++) {
    flow.push(await measureFlow(side, join(folder, 'bare'), sliceMs));
    delays.push(await measureDelays(side, join(folder, 'bare'), sliceMs));
  }
  await side.producer.close();
  await rm(folder, { recursive: true });
  return [...compareFlows(flow), ...compareDelays(delays)];
}

interface Flow {
  readonly messages: number;
  readonly batches: number;
  readonly outboxMs: number;
  readonly bareMs: number;
}

async function measureFlow(side: OutboxSide, barePath: string, forMs: number): Promise<Flow> {
  side.takeBatches();
  const outboxMs = await appendFor(side, forMs);
  const sizes = side.takeBatches();
  const { totalMs: bareMs } = await bareAppends(barePath, sizes);
  const messages = sum(sizes) / (MESSAGE_BYTES + HEAD_BYTES);
  return { messages, batches: sizes.length, outboxMs, bareMs };
}

/** How long it took until all that was sent was promised, ms. */
async function appendFor({ producer }: OutboxSide, forMs: number): Promise<number> {
  const began = performance.now();
  const source = async () => {
    while (performance.now() - began < forMs) await producer.append('result', message);
  };
  await Promise.all(Array.from({ length: SOURCES }, source));
  return performance.now() - began;
}

/** The median of the slices: one in which the disk stood still says nothing of either. */
function compareFlows(flows: readonly Flow[]): Reading[] {
  const median = (of: (flow: Flow) => number) => quantile(flows.map(of), 0.5);
  const perSecond = median(({ messages, outboxMs }) => (messages / outboxMs) * 1_000);
  const bare = median(({ messages, bareMs }) => (messages / bareMs) * 1_000);
  const name = 'messages a second beside the bare loop';
  return [
    {
      name,
      unit: '×',
      goal: 0.5,
      bound: 'at least',
      value: median(({ outboxMs, bareMs }) => bareMs / outboxMs),
    },
    { name: 'messages a second: outbox', unit: '/s', value: perSecond },
    { name: 'messages a second: bare', unit: '/s', value: bare },
    { name: 'messages in a batch', unit: '', value: median(({ messages, batches }) => messages / batches) },
  ];
}

interface Delays {
  readonly outbox: readonly number[];
  readonly bare: readonly number[];
}

async function measureDelays(side: OutboxSide, barePath: string, forMs: number): Promise<Delays> {
  side.takeBatches();
  const outbox = await delaysFor(side, forMs);
  const { eachMs: bare } = await bareAppends(barePath, side.takeBatches());
  return { outbox, bare };
}

/** From append to promise, ms, of messages that come at random moments. */
async function delaysFor({ producer }: OutboxSide, forMs: number): Promise<number[]> {
  const pending: Promise<number>[] = [];
  const began = performance.now();
  const delayOf = async () => {
    const at = performance.now();
    await producer.append('result', message);
    return performance.now() - at;
  };
  for (let due = began; due < began + forMs; due += (-Math.log(1 - Math.random()) / PER_SECOND) * 1_000) {
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    pending.push(delayOf());
  }
  return Promise.all(pending);
}

function compareDelays(delays: readonly Delays[]): Reading[] {
  const of = (key: keyof Delays, q: number) =>
    quantile(
      delays.flatMap((it) => it[key]),
      q,
    );
  return [
    { name: 'added p50', unit: 'ms', goal: 5, value: of('outbox', 0.5) - of('bare', 0.5) },
    { name: 'p50: outbox', unit: 'ms', value: of('outbox', 0.5) },
    { name: 'p50: bare', unit: 'ms', value: of('bare', 0.5) },
    { name: 'p99: outbox', unit: 'ms', value: of('outbox', 0.99) },
    { name: 'p99: bare', unit: 'ms', value: of('bare', 0.99) },
  ];
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
