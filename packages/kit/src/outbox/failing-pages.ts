import type { Clock } from '../ports/clock.ts';

/** What flash and discs lose at a time is as large at least. */
export const PAGE_BYTES = 4096;

/** What a read touches of a page. */
export interface PagePart {
  readonly page: number;
  readonly position: number;
  readonly end: number;
}

/** The pages from `position` up to `end`, each as far as it lies in between. */
export function partsOf(position: number, end: number): PagePart[] {
  const parts: PagePart[] = [];
  for (let at = position; at < end; ) {
    const page = Math.floor(at / PAGE_BYTES);
    const next = Math.min(end, (page + 1) * PAGE_BYTES);
    parts.push({ page, position: at, end: next });
    at = next;
  }
  return parts;
}

/** The pages of files that were not seen to be readable since a read of them failed. */
export interface FailingPages {
  failed(path: string, parts: readonly PagePart[]): void;
  /** All of the file between the two places was read. */
  succeeded(path: string, position: number, end: number): void;
  /** Whether the page has failed for long enough. */
  isOver(path: string, page: number): boolean;
  /** The file is no more. */
  forget(path: string): void;
}

interface Failing {
  readonly since: number;
  readonly part: PagePart;
  again: number;
}

/** Failures that are further apart are two. */
const APART_MS = 2 * 3_600_000;

export function failingPages(clock: Pick<Clock, 'monotonic'>, patienceMs: number): FailingPages {
  const files = new Map<string, Map<number, Failing>>();
  return {
    failed(path, parts) {
      const now = clock.monotonic();
      const pages = files.get(path) ?? new Map<number, Failing>();
      files.set(path, pages);
      for (const part of parts) {
        const before = pages.get(part.page);
        if (before && now - before.again <= APART_MS) before.again = now;
        else pages.set(part.page, { since: now, part, again: now });
      }
    },
    succeeded(path, position, end) {
      const pages = files.get(path);
      if (!pages) return;
      for (const [page, { part }] of pages)
        if (position <= part.position && end >= part.end) pages.delete(page);
      if (pages.size === 0) files.delete(path);
    },
    isOver(path, page) {
      const found = files.get(path)?.get(page);
      return found !== undefined && clock.monotonic() - found.since >= patienceMs;
    },
    forget: (path) => void files.delete(path),
  };
}
