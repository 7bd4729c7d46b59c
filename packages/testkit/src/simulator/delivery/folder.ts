import { eventTypes } from '@skerry/contracts';
import type { OutboxReader } from '@skerry/kit/outbox';

/** A stream's folder as a disk may come to have it. Numbers are the folder's own. */
export interface Folder {
  readonly streamId: string;
  /** Event ids by number, of all that was ever there; what a disk forgot is not. */
  readonly ids: Map<number, string>;
  readonly damaged: Set<number>;
  /** Lowest number that can be told of, lowest that is held, and the next one. */
  told: number;
  first: number;
  next: number;
}

/** Numbers that are given back together. */
const SEGMENT = 4;
const MOST_READ = 3;

export const emptyFolder = (): Folder => ({
  streamId: '00000000-0000-7000-8000-00000000000a',
  ids: new Map(),
  damaged: new Set(),
  told: 1,
  first: 1,
  next: 1,
});

export const copyOfFolder = (folder: Folder): Folder => ({
  ...folder,
  ids: new Map(folder.ids),
  damaged: new Set(folder.damaged),
});

export function append(folder: Folder, id: string): void {
  folder.ids.set(folder.next++, id);
}

/** The oldest have to go: they are told of. */
export function giveUp(folder: Folder, count: number): void {
  folder.first = Math.min(folder.first + count, Math.max(folder.first, folder.next - 1));
}

/** One that others follow: of damage at the end a runtime that starts makes a beginning of its own. */
export function damage(folder: Folder, at: number): void {
  const number = folder.first + at;
  if (number < folder.next - 1) folder.damaged.add(number);
}

/** The disk had lied about the last ones: their numbers come again. */
export function forget(folder: Folder, count: number): [number: number, id: string][] {
  const gone: [number, string][] = [];
  while (folder.next > folder.first && (gone.length < count || folder.damaged.has(folder.next - 1))) {
    folder.next -= 1;
    gone.push([folder.next, folder.ids.get(folder.next)!]);
    folder.ids.delete(folder.next);
    folder.damaged.delete(folder.next);
  }
  return gone;
}

export function isHeld({ ids, damaged, first }: Folder, id: string): boolean {
  return [...ids].some(([number, it]) => it === id && number >= first && !damaged.has(number));
}

export function readerOf(folder: Folder): OutboxReader {
  return {
    range: async () =>
      folder.next === 1
        ? undefined
        : { streamId: folder.streamId, first: folder.told, next: folder.next, bytes: 1 },
    read: async (from) => read(folder, from),
    streamId: folder.streamId,
    isAtEnd: true,
    hasChanged: async () => true,
    watch: () => () => {},
    async release(upTo) {
      const before = folder.first;
      while (folder.first + SEGMENT < folder.next && folder.first + SEGMENT - 1 <= upTo)
        folder.first += SEGMENT;
      if (upTo >= folder.first - 1) folder.told = folder.first;
      return folder.first - before;
    },
    close: async () => {},
  };
}

function read(
  { ids, damaged, first, next }: Folder,
  from: number,
): Awaited<ReturnType<OutboxReader['read']>> {
  if (from < first)
    return { records: [], gaps: [{ first: from, last: first - 1, reason: 'quota' }], next: first };
  let end = from;
  while (damaged.has(end)) end += 1;
  if (end > from)
    return { records: [], gaps: [{ first: from, last: end - 1, reason: 'corrupt' }], next: end };
  while (end < Math.min(next, from + MOST_READ) && !damaged.has(end)) end += 1;
  const records = Array.from({ length: end - from }, (_, index) => ({
    number: from + index,
    payload: Buffer.from(eventText(ids.get(from + index)!)),
  }));
  return { records, gaps: [], next: end };
}

const eventText = (id: string) =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: '/cameras/1',
    type: eventTypes.result,
    bootid: 'b',
    bootms: 1,
    timeknown: true,
  });
