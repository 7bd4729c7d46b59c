import type { Session } from '../engines/engine.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { joinFeeds, splitOutputs } from './batch.ts';
import { sampleFeeds } from './sample-feeds.ts';

/** How far an output may differ, run alone and beside another: relative to 1 or to its value, whichever is larger. */
const TOLERANCE = 1e-3;

/**
 * Whether rows of different requests may run together: every first axis is free, and two different rows give together
 * what each gives alone. (A model may well mix its rows, as a normalisation over the batch does.)
 */
export function mayBatch(session: Session): boolean {
  const { inputs, outputs } = session;
  if (![...inputs, ...outputs].every(({ shape }) => shape[0] === -1)) return false;
  const names = outputs.map(({ name }) => name);
  const rows = [sampleFeeds(inputs, 1, 0), sampleFeeds(inputs, 1, 1)];
  try {
    const alone = rows.map((feeds) => session.run(feeds, names));
    const together = session.run(joinFeeds(rows), names);
    if (together.some(({ shape }) => shape[0] !== rows.length)) return false;
    return splitOutputs(together, [1, 1]).every((outputs, row) => allAlike(outputs, alone[row]!));
  } catch {
    return false;
  }
}

const allAlike = (some: readonly Tensor[], others: readonly Tensor[]) =>
  some.every((tensor, at) => alike(tensor, others[at]!));

function alike({ data, shape }: Tensor, other: Tensor): boolean {
  if (data.length !== other.data.length || shape.length !== other.shape.length) return false;
  for (let at = 0; at < data.length; at++) if (!near(data[at], other.data[at])) return false;
  return true;
}

function near(one: unknown, other: unknown): boolean {
  if (typeof one !== 'number' || typeof other !== 'number') return String(one) === String(other);
  return Object.is(one, other) || Math.abs(one - other) <= TOLERANCE * Math.max(1, Math.abs(one));
}
