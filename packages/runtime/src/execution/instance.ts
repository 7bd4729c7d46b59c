import { type Clock, isSkerryError } from '@skerry/kit';
import type { Session } from '../engines/engine.ts';
import { failure } from '../errors.ts';
import type { FailureReason, ModelStats } from '../metrics/model-stats.ts';
import type { Signature } from '../serving/signature.ts';
import { type Job, type Link, refuseJob } from './instance-job.ts';
import { intake } from './intake.ts';
import type { LatencyTable } from './latency-table.ts';
import { limitsOf } from './limits.ts';
import type { SharedMs, ToInstance } from './protocol.ts';
import { jobQueue } from './queue.ts';
import { runNext } from './runner.ts';
import type { Wires } from './wires.ts';

export interface InstanceOptions {
  readonly model: Signature;
  readonly session: Session;
  readonly table: LatencyTable;
  readonly stats: ModelStats;
  readonly clock: Clock;
  readonly now: () => SharedMs;
  readonly wires: Wires;
  /** Something waits that did not before. */
  readonly wake: () => void;
  /** Around each call of the engine, for whoever watches. */
  readonly calling: <T>(call: () => T) => T;
}

/** A version on an instance thread: its session, and the requests that wait for it. */
export interface Instance {
  connect(port: Link['port']): void;
  /** Who is next, those that came too late left out. */
  next(): Job | undefined;
  /** Until when it is better to wait for company; undefined where it is not. */
  readonly patientUntil: SharedMs | undefined;
  /** Runs and answers the next batch. */
  run(): void;
  /** Gives the memory back. What still waits is answered `InstanceLost`. */
  close(): void;
}

/** Jobs that wait; serving threads keep to fewer, see version-board.ts. */
const QUEUE = 1_000_000;

export function instance(options: InstanceOptions): Instance {
  const { model, session, table, stats, now } = options;
  const { objectiveMs, delayMs } = limitsOf(model.spec);
  const queue = jobQueue<Job>(QUEUE);
  const links = new Set<Link>();

  const refuse = ({ link, id, arrived }: Pick<Job, 'link' | 'id' | 'arrived'>, error: unknown) => {
    stats.failed(reasonOf(error), (now() - arrived) * 1000);
    refuseJob(link, id, error);
  };
  const take = intake({ ...options, queue, objectiveMs, refuse });

  const dropLate = () => {
    const at = now();
    for (const job of queue.expired(at)) refuse(job, late(model.name, at - job.arrived));
  };

  return {
    connect(port) {
      const link: Link = { port, jobs: new Map(), memory: new Map() };
      links.add(link);
      port.on('message', (message: ToInstance) => take(link, message));
      port.on('close', () => links.delete(link));
    },
    next() {
      dropLate();
      return queue.head();
    },
    get patientUntil() {
      const head = delayMs > 0 && queue.size < table.batch ? queue.head() : undefined;
      // Whoever is in a hurry waits for half of the time that is left, and is then run.
      return head && head.arrived + Math.min(delayMs, (head.deadline - head.arrived) / 2);
    },
    run: () => runNext({ ...options, queue, refuse }),
    close() {
      for (const job of queue.clear())
        refuse(job, failure('InstanceLost', `model ${model.name} was closed before the request was run`));
      for (const { port } of links) port.close();
      session.close();
    },
  };
}

const late = (name: string, waitedMs: number) =>
  failure(
    'InferenceTimeout',
    `the request for ${name} waited ${Math.round(waitedMs)} ms, and its time was up`,
  );

function reasonOf(error: unknown): FailureReason {
  if (isSkerryError(error, 'Interrupted')) return 'CANCELED';
  if (isSkerryError(error, 'InferenceTimeout') || isSkerryError(error, 'Overloaded')) return 'REJECTED';
  return isSkerryError(error, 'InferenceFailed') ? 'BACKEND' : 'OTHER';
}
