import type { Clock } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { Signature } from '../serving/signature.ts';
import type { Wire } from '../serving/wire.ts';
import { type Job, jobOf, type Link, type Read, readJob } from './instance-job.ts';
import type { LatencyTable } from './latency-table.ts';
import { recentPatience } from './patience.ts';
import type { JobMessage, ToInstance } from './protocol.ts';
import type { JobQueue } from './queue.ts';
import type { Wires } from './wires.ts';

export interface IntakeOptions {
  readonly model: Signature;
  readonly queue: JobQueue<Job>;
  readonly table: LatencyTable;
  readonly wires: Wires;
  readonly clock: Clock;
  /** Of requests that have no timeout of their own; `Infinity` for none. */
  readonly objectiveMs: number;
  /** Answers with an error. */
  readonly refuse: (job: Pick<Job, 'link' | 'id' | 'arrived'>, error: unknown) => void;
  /** Something waits that did not before. */
  readonly wake: () => void;
}

/** Reads what comes in and puts it into the queue, or takes it out again. */
export function intake(options: IntakeOptions): (link: Link, message: ToInstance) => void {
  const { model, queue, table, wires, clock, objectiveMs, refuse, wake } = options;
  const recent = recentPatience();

  const enqueue = (job: Job) => {
    const { link, id } = job;
    if (link.jobs.get(id) === 'cancelled') return refuse(job, cancelled());
    if (!queue.push(job))
      return refuse(job, failure('Overloaded', `too many requests wait for ${model.name}`));
    link.jobs.set(id, job);
    wake();
  };

  const read = (link: Link, message: JobMessage, wire: Wire | undefined) => {
    const began = clock.monotonic();
    const done = (it: Read) => {
      const patienceMs = it.timeoutUs > 0 ? it.timeoutUs / 1000 : objectiveMs;
      const longest = recent(patienceMs);
      table.patienceUs = longest === Number.POSITIVE_INFINITY ? 0 : longest * 1000;
      const headroomMs = (table.aRequestAtMost() + table.lagUs) / 1000;
      const inputUs = (clock.monotonic() - began) * 1000;
      enqueue(jobOf(link, message, it, inputUs, { patienceMs, headroomMs }));
    };
    const failed = (error: unknown) => refuse({ link, ...message }, error);
    try {
      const it = readJob(model, message, wire);
      if (it instanceof Promise) return void it.then(done, failed);
      keepMemory(link, message);
      done(it);
    } catch (error) {
      failed(error);
    }
  };

  const take = (link: Link, message: JobMessage) => {
    const { id, what } = message;
    link.jobs.set(id, 'reading');
    if (what.kind === 'tensors') return read(link, message, undefined);
    const wire = wires.loaded(what.wire);
    if (wire) return read(link, message, wire);
    wires.load(what.wire).then(
      (loaded) => read(link, message, loaded),
      (error) => refuse({ link, ...message }, error),
    );
  };

  const cancel = (link: Link, id: number) => {
    const job = link.jobs.get(id);
    if (job === 'reading') link.jobs.set(id, 'cancelled');
    else if (job && job !== 'cancelled' && queue.remove(job)) refuse(job, cancelled());
  };

  return (link, message) => {
    if (message.type === 'cancel') return cancel(link, message.id);
    take(link, message);
  };
}

/** Bodies so long are worth being read into the same memory again. */
const KEPT_FROM = 64 * 1024;

// Only of what was read at once: a decoder may still be looking at a picture when its request was answered.
function keepMemory({ memory }: Link, { id, what }: JobMessage): void {
  if (what.kind === 'body' && what.bytes.length > KEPT_FROM) memory.set(id, what.bytes.buffer as ArrayBuffer);
}

const cancelled = () => failure('Interrupted', 'the client has gone, so nobody waits for the answer');
