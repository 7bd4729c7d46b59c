import type { Random } from '@skerry/kit';
import type { FetchedDesired, Link } from '../../../agent/src/link/link.ts';

const KEPT = 8;

/** Somebody between device and hub who has kept the documents that went by, and gives them again, or changed. */
export function replayed(random: Random, isAtWork: () => boolean) {
  const kept: FetchedDesired[] = [];
  const pick = () => kept[Math.floor(random.number() * kept.length)];
  const forge = ({ etag, document }: FetchedDesired): FetchedDesired => {
    const body = document.body.replace(
      /"version":"(\d+)"/,
      (_, version) => `"version":"${Number(version) + 1}"`,
    );
    return { etag, document: { ...document, body } };
  };
  return {
    over:
      (fetch: Link['fetchDesired']): Link['fetchDesired'] =>
      async (etag, signal) => {
        const fetched = await fetch(etag, signal);
        if (fetched) kept.push(fetched);
        if (kept.length > KEPT) kept.shift();
        const other = isAtWork() ? pick() : undefined;
        if (!other) return fetched;
        return random.number() < 0.3 ? forge(other) : other;
      },
  };
}
