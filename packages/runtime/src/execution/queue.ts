/** What a queue must know of what waits in it. */
export interface Waiting {
  /** 1 goes first. */
  readonly priority: number;
  /** From then on an answer is of no use; `Infinity` where it always is. */
  readonly deadline: number;
}

/** Waits in order of priority, among equals first come, first served. */
export interface JobQueue<Job extends Waiting> {
  readonly size: number;
  /** False where it is full: the job was not taken. */
  push(job: Job): boolean;
  /** Who is next. */
  head(): Job | undefined;
  /** Takes it out, wherever it stands; false where it does not wait here. */
  remove(job: Job): boolean;
  /** Takes out those whose deadline is not after `now`. */
  expired(now: number): Job[];
  /** Takes out all. */
  clear(): Job[];
}

/** Priorities from here on down are one. */
export const LEVELS = 10;
/** Of a request that does not say. */
export const ORDINARY = 5;

export function jobQueue<Job extends Waiting>(limit: number): JobQueue<Job> {
  // Sets keep their order and lose any member at once.
  const levels = Array.from({ length: LEVELS }, () => new Set<Job>());
  let size = 0;
  let earliest = Number.POSITIVE_INFINITY;
  const levelOf = ({ priority }: Job) => levels[Math.min(Math.max(1, priority), LEVELS) - 1]!;
  const all = () => levels.flatMap((level) => [...level]);
  const remove = (job: Job) => {
    const was = levelOf(job).delete(job);
    if (was) size--;
    return was;
  };
  return {
    get size() {
      return size;
    },
    push(job) {
      if (size >= limit) return false;
      levelOf(job).add(job);
      size++;
      earliest = Math.min(earliest, job.deadline);
      return true;
    },
    head() {
      if (size === 0) return undefined;
      for (const level of levels) for (const job of level) return job;
      return undefined;
    },
    remove,
    expired(now) {
      if (now < earliest) return [];
      const late = all().filter(({ deadline }) => deadline <= now);
      for (const job of late) remove(job);
      earliest = all().reduce((least, { deadline }) => Math.min(least, deadline), Number.POSITIVE_INFINITY);
      return late;
    },
    clear() {
      const jobs = all();
      for (const level of levels) level.clear();
      size = 0;
      return jobs;
    },
  };
}
