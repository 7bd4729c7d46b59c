import type { Clock } from '@skerry/kit';
import type { Session } from '../engines/engine.ts';
import type { ModelStats } from '../metrics/model-stats.ts';
import type { Signature } from '../serving/signature.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { canJoin, joinFeeds, splitOutputs } from './batch.ts';
import { answerJob, type Job } from './instance-job.ts';
import type { LatencyTable } from './latency-table.ts';
import type { SharedMs } from './protocol.ts';
import type { JobQueue } from './queue.ts';

export interface RunnerOptions {
  readonly model: Signature;
  readonly session: Session;
  readonly queue: JobQueue<Job>;
  readonly table: LatencyTable;
  readonly stats: ModelStats;
  readonly clock: Clock;
  readonly now: () => SharedMs;
  readonly refuse: (job: Job, error: unknown) => void;
  /** Around each call of the engine, for whoever watches. */
  readonly calling: <T>(call: () => T) => T;
}

/** Takes the next batch out of the queue, which must not be empty, runs and answers it. */
export function runNext(options: RunnerOptions): void {
  const { clock, table } = options;
  const began = clock.monotonic();
  const jobs = takeBatch(options);
  const inferUs = runJobs(options, jobs);
  const allUs = (clock.monotonic() - began) * 1000;
  let besideUs = (allUs - inferUs) / jobs.length;
  for (const { inputUs } of jobs) besideUs += inputUs / jobs.length;
  table.recordBeside(jobs.length, rowsIn(jobs), besideUs);
}

function takeBatch({ queue, table }: RunnerOptions): Job[] {
  const first = queue.head()!;
  const jobs: Job[] = [];
  let rows = 0;
  for (let job: Job | undefined = first; job; job = queue.head()) {
    const joins = job.rows > 0 && rows + job.rows <= table.batch && canJoin(first.feeds, job.feeds);
    if (job !== first && (first.rows === 0 || !joins)) break;
    queue.remove(job);
    jobs.push(job);
    rows += job.rows;
  }
  return jobs;
}

// One that must run alone counts as a row.
const rowsIn = (jobs: readonly Job[]) => jobs.reduce((sum, { rows }) => sum + Math.max(1, rows), 0);

/** Returns what the engine took, µs. */
function runJobs(options: RunnerOptions, jobs: readonly Job[]): number {
  const { session, clock, now, table, stats } = options;
  const began = now();
  let inferUs = 0;
  try {
    const feeds = jobs.length === 1 ? jobs[0]!.feeds : joinFeeds(jobs.map((job) => job.feeds));
    const ready = clock.monotonic();
    const outputs = options.calling(() => session.run(feeds, wantedOf(options, jobs)));
    const done = clock.monotonic();
    inferUs = (done - ready) * 1000;
    const rows = feeds[0]?.shape[0] ?? 1;
    stats.ran(rows, inferUs);
    table.record(rows, inferUs);
    answerAll(options, jobs, outputs, { began, joinUs: (now() - began) * 1000 - inferUs, inferUs });
  } catch (error) {
    if (jobs.length === 1) options.refuse(jobs[0]!, error);
    // One bad input must not fail the others.
    else for (const job of jobs) inferUs += runJobs(options, [job]);
  }
  return inferUs;
}

const wantedOf = ({ model }: RunnerOptions, jobs: readonly Job[]) =>
  jobs.length === 1 ? jobs[0]!.wanted : model.outputNames;

interface Ran {
  readonly began: SharedMs;
  readonly joinUs: number;
  readonly inferUs: number;
}

function answerAll(options: RunnerOptions, jobs: readonly Job[], outputs: readonly Tensor[], ran: Ran): void {
  if (jobs.length === 1) return void answer(options, jobs[0]!, outputs, ran);
  const { model } = options;
  const parts = splitOutputs(
    outputs,
    jobs.map(({ rows }) => rows),
  );
  for (const [at, job] of jobs.entries()) {
    const wanted = job.wanted.map((name) => parts[at]![model.outputNames.indexOf(name)]!);
    answer(options, job, wanted, ran);
  }
}

function answer(options: RunnerOptions, job: Job, outputs: readonly Tensor[], ran: Ran): void {
  const { model, clock, now, stats, refuse } = options;
  const began = clock.monotonic();
  // Counted before it is sent, so that a client that has its answer finds it counted.
  const timingAt = () => {
    const timing = {
      queueUs: Math.max(0, (ran.began - job.arrived) * 1000 - job.inputUs),
      inputUs: job.inputUs + ran.joinUs,
      inferUs: ran.inferUs,
      outputUs: (clock.monotonic() - began) * 1000,
    };
    if (job.writer) stats.answered(timing, clock.now());
    return timing;
  };
  try {
    answerJob(model, job, outputs, timingAt, now);
  } catch (error) {
    refuse(job, error);
  }
}
