import type { MessagePort } from 'node:worker_threads';
import type { ModelSpec } from '@skerry/contracts';
import type { Clock } from '@skerry/kit';
import { currentThreadId } from '../cores/pin.ts';
import type { Engine, Session } from '../engines/engine.ts';
import { modelStats } from '../metrics/model-stats.ts';
import { openModel } from '../models/open-model.ts';
import { type PlainSignature, signatureOf } from '../serving/signature.ts';
import { chooseBatch } from './batch-size.ts';
import { type Instance, instance } from './instance.ts';
import { instanceLoop } from './instance-loop.ts';
import { type LatencyTable, latencyTable } from './latency-table.ts';
import { type Limits, limitsOf } from './limits.ts';
import { type Measured, measureBatches, measureCalls } from './measure.ts';
import { mayBatch } from './probe.ts';
import type { OpenOrder, VersionId } from './protocol.ts';
import { sharedTime } from './shared-time.ts';
import { threadBoard } from './thread-board.ts';
import type { Wires } from './wires.ts';

export interface HostOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly wires: Wires;
  /** Shared, see thread-board.ts. */
  readonly board: SharedArrayBuffer;
}

/** Shared memory of one instance, see latency-table.ts and model-stats.ts. */
export interface InstanceMemory {
  readonly table: SharedArrayBuffer;
  readonly stats: SharedArrayBuffer;
}

export interface Opened extends Measured {
  readonly signature: PlainSignature;
  /** Rows that may run together; 1 where they may not. */
  readonly maxBatch: number;
}

/** An instance thread, as the pool on the main thread asks things of it. */
export interface InstanceHost {
  /** The kernel's, for who places threads. */
  threadId(): number | undefined;
  /** Rejects with what `openModel` throws. */
  open(order: OpenOrder, memory: InstanceMemory): Opened;
  /** Opens and closes it once more, since the first opening of a file reads the disk. ms */
  reload(order: OpenOrder): number;
  connect(version: VersionId, port: MessagePort): void;
  close(version: VersionId): void;
}

export function instanceHost({ engine, clock, wires, board }: HostOptions): InstanceHost {
  const now = sharedTime(clock);
  const instances = new Map<VersionId, Instance>();
  const loop = instanceLoop(instances, clock, now);
  const watched = threadBoard(board);

  const watch =
    (version: VersionId, isOpening: boolean) =>
    <T>(call: () => T): T => {
      watched.began({ version, isOpening, since: now() });
      try {
        return call();
      } finally {
        watched.ended();
      }
    };

  const load = ({ file, spec, name, isLean }: OpenOrder) =>
    openModel(engine, { name, folder: '', onnx: file, spec }, { isLean });

  const open = (order: OpenOrder, memory: InstanceMemory): Opened => {
    const rss = process.memoryUsage.rss();
    const began = clock.monotonic();
    const session = load(order);
    const loadMs = clock.monotonic() - began;
    const { inputs, outputs, leftOut } = session;
    const { name, number: version, spec, elementLimit } = order;
    const signature = { name, version, spec, inputs, outputs, leftOut, elementLimit };
    const table = latencyTable(memory.table);
    const sampled = sample(session, table, spec, limitsOf(spec), clock);
    instances.set(
      order.version,
      instance({
        model: signatureOf(signature),
        session,
        table,
        stats: modelStats(memory.stats),
        clock,
        now,
        wires,
        wake: loop.wake,
        calling: watch(order.version, false),
      }),
    );
    return { ...sampled, signature, loadMs, rssBytes: process.memoryUsage.rss() - rss };
  };

  return {
    threadId: currentThreadId,
    open: (order, memory) => watch(order.version, true)(() => open(order, memory)),
    reload(order) {
      const began = clock.monotonic();
      load(order).close();
      return clock.monotonic() - began;
    },
    connect: (version, port) => instances.get(version)!.connect(port),
    close(version) {
      instances.get(version)?.close();
      instances.delete(version);
    },
  };
}

/**
 * On a core of its own a call gains from more rows what it spends beside computing, some 10 µs: too little in a longer
 * one for the memory that larger batches take. Larger gains are for model.yaml to ask for.
 */
const QUICK_CALL_US = 1_000;

/** Measures, and chooses the batch. A model that takes no samples runs row by row. */
function sample(session: Session, table: LatencyTable, { serving }: ModelSpec, limits: Limits, clock: Clock) {
  try {
    const calls = measureCalls(session, table, clock);
    const isWorth = serving?.maxBatch !== undefined || calls.callP50Us < QUICK_CALL_US;
    const maxBatch = isWorth && limits.maxBatch > 1 && mayBatch(session) ? limits.maxBatch : 1;
    if (maxBatch > 1) measureBatches(session, table, maxBatch, clock);
    table.batch = chooseBatch(table, maxBatch, limits.objectiveMs);
    return { ...calls, maxBatch };
  } catch {
    return { callP50Us: undefined, callP99Us: undefined, maxBatch: 1 };
  }
}
