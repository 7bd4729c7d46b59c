import { setTimeout as sleep } from 'node:timers/promises';

export interface Wait {
  /** What is waited for, to end the sentence "waited in vain until …". */
  readonly what: string;
  /** Milliseconds; default 15,000. */
  readonly deadline?: number;
  /** Milliseconds between two looks; default 40. */
  readonly every?: number;
}

/**
 * The first answer of `condition` that is neither false nor undefined. One that throws is asked again. Rejects at
 * the deadline with what was waited for and what was seen last.
 */
export async function until<T>(
  condition: () => Promise<T | false | undefined> | T | false | undefined,
  { what, deadline = 15_000, every = 40 }: Wait,
): Promise<T> {
  const end = performance.now() + deadline;
  for (;;) {
    const seen = await look(condition);
    if ('answer' in seen) return seen.answer;
    if (performance.now() >= end)
      throw new Error(`waited ${deadline / 1000} s in vain until ${what}`, { cause: seen.error });
    await sleep(every);
  }
}

async function look<T>(
  condition: () => Promise<T | false | undefined> | T | false | undefined,
): Promise<{ answer: T } | { error?: unknown }> {
  try {
    const answer = await condition();
    return answer === false || answer === undefined ? {} : { answer };
  } catch (error) {
    return { error };
  }
}
