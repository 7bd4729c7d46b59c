import type { StreamName } from '@skerry/contracts';

/** What the sources of one device were told, and what the hub was seen to hold. */
export interface DeviceLedger {
  /** By stream: which of the messages that a source made it was told are safe. */
  readonly promised: Map<StreamName, Set<number>>;
  /** By stream: how often the hub stored each message. */
  readonly stored: Map<StreamName, Map<number, number>>;
  /** Messages that drop notices stand for. */
  noticed: number;
  /** Promised while the disk lied, and not safe when the power was cut: may be gone. */
  readonly atRisk: Set<string>;
}

export const deviceLedger = (): DeviceLedger => ({
  promised: new Map(),
  stored: new Map(),
  noticed: 0,
  atRisk: new Set(),
});

/** Event ids tell the stream and the number that the source gave. */
export const messageId = (stream: StreamName, number: number) => `${stream}-${number}`;

export function parseMessageId(id: string): { stream: StreamName; number: number } | undefined {
  const [, stream, number] = /^(alarm|result|telemetry)-(\d+)$/.exec(id) ?? [];
  return stream === undefined ? undefined : { stream: stream as StreamName, number: Number(number) };
}

export function promise({ promised }: DeviceLedger, stream: StreamName, number: number): void {
  const numbers = promised.get(stream) ?? new Set();
  promised.set(stream, numbers.add(number));
}

export function store({ stored }: DeviceLedger, stream: StreamName, number: number): number {
  const counts = stored.get(stream) ?? new Map<number, number>();
  const count = (counts.get(number) ?? 0) + 1;
  stored.set(stream, counts.set(number, count));
  return count;
}

/** Promised, and not in the hub. */
export function missing({ promised, stored, atRisk }: DeviceLedger): string[] {
  return [...promised].flatMap(([stream, numbers]) =>
    [...numbers]
      .filter((number) => !stored.get(stream)?.has(number))
      .map((number) => messageId(stream, number))
      .filter((id) => !atRisk.has(id)),
  );
}
