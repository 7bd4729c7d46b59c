import type { Disk, Logger } from '@skerry/kit';
import { z } from 'zod';
import type { Accept } from './accept.ts';
import { type AcceptanceAnswer, acceptanceAnswer } from './acceptance.ts';

const KEPT = 64;

const remembered = z.record(z.string(), acceptanceAnswer);

/**
 * Remembers on the disk which artifacts proved themselves on this device, so that a restarted runtime serves them
 * at once. What was refused is tried again.
 */
export async function rememberAccepted(
  accept: Accept,
  disk: Disk,
  file: string,
  logger: Logger,
): Promise<Accept> {
  const known = new Map(Object.entries(await recall(disk, file)));
  const remember = async (digest: string, answer: AcceptanceAnswer) => {
    known.set(digest, answer);
    const newest = [...known].slice(-KEPT);
    await disk
      .writeAtomic(file, JSON.stringify(Object.fromEntries(newest)))
      .catch((error) => logger.warn('an accepted version could not be remembered', { error }));
  };
  return async (path, digest) => {
    const before = known.get(digest);
    if (before) return before;
    const answer = await accept(path, digest);
    if (answer.accepted && digest !== '') await remember(digest, answer);
    return answer;
  };
}

async function recall(disk: Disk, file: string): Promise<Record<string, AcceptanceAnswer>> {
  try {
    const bytes = await disk.readIfThere(file);
    if (!bytes) return {};
    return remembered.safeParse(JSON.parse(Buffer.from(bytes).toString())).data ?? {};
  } catch {
    return {};
  }
}
