import assert from 'node:assert/strict';
import type { Disk } from '../../ports/disk.ts';
import { manualClock } from '../../testing/manual-clock.ts';
import type { OutboxReader } from '../outbox.ts';
import { openOutboxReader } from '../reader.ts';
import { folderBytes } from '../usage.ts';

/** Number to text, or to the reason of the gap that it lies in. */
export type Told = Map<number, string>;

/** What a source was told is safe, and what an agent found of it: each number is told once, and stays as it was. */
export interface Ledger {
  /** The source was told that its message is safe under this number. */
  promise(stream: string, number: number, text: string): void;
  /** Reads on as the agent does, and gives back the space of what the hub has then, up to a part of it. */
  deliver(stream: string, part: number): Promise<void>;
  /** Reads to the end, and checks that everything that was promised is there, or was given up with a notice. */
  settle(isSame?: (told: string, promised: string) => boolean): Promise<void>;
  /** What the hub was told of a stream. */
  told(stream: string): Told;
}

export function ledger(disk: Disk, folder: string, streams: readonly string[]): Ledger {
  const promised = new Map(streams.map((name) => [name, new Map<number, string>()]));
  const told = new Map(streams.map((name) => [name, new Map<number, string>() as Told]));

  const check = (stream: string, isSame: (told: string, promised: string) => boolean) => {
    const found = told.get(stream)!;
    for (const [number, text] of promised.get(stream)!) {
      const is = found.get(number) ?? 'nothing';
      const isGivenUp = is === 'quota' || is === 'expired';
      assert.ok(isSame(is, text) || isGivenUp, `${stream} ${number} is ${is.slice(0, 30)}`);
    }
  };

  return {
    promise(stream, number, text) {
      const of = promised.get(stream)!;
      assert.ok(!of.has(number), `${stream} ${number} is promised once`);
      of.set(number, text);
    },
    async deliver(stream, part) {
      const found = told.get(stream)!;
      const reader = openOutboxReader({ disk, clock: manualClock(), folder: `${folder}/${stream}` });
      const next = await readOn(reader, found.size + 1, found);
      await reader.release(Math.floor((next - 1) * part));
      await reader.close();
    },
    async settle(isSame = (is, text) => is === text) {
      for (const stream of streams) {
        const reader = openOutboxReader({ disk, clock: manualClock(), folder: `${folder}/${stream}` });
        const found = told.get(stream)!;
        await readOn(reader, found.size + 1, found);
        const { next } = (await reader.range()) ?? { next: 1 };
        assert.equal(found.size, next - 1, `${stream} has a number that nobody tells of`);
        check(stream, isSame);
        await reader.close();
      }
    },
    told: (stream) => told.get(stream)!,
  };
}

async function readOn(reader: OutboxReader, from: number, found: Told): Promise<number> {
  for (let at = from; ; ) {
    const { records, gaps, next } = await reader.read(at, 20_000);
    for (const { number, payload } of records) found.set(number, Buffer.from(payload).toString());
    for (const { first, last, reason } of gaps)
      for (let number = first; number <= last; number++) found.set(number, reason);
    assert.equal(found.size, next - 1, 'a batch covers every number up to next');
    if (next === at) return next;
    at = next;
  }
}

/** Fails when the folder holds more than it may. */
export async function assertWithin(disk: Disk, folder: string, limit: number): Promise<void> {
  const bytes = await folderBytes(disk, folder);
  assert.ok(bytes <= limit, `${folder} holds ${bytes} bytes, and may hold ${limit}`);
}
