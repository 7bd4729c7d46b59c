/** How often something was done, and how often it was seen to have taken effect. */
export interface Count {
  readonly kind: string;
  readonly done: number;
  readonly shown: number;
  /** What was seen, of the last time. */
  readonly proof: string;
}

/** What was done to the fleet, by kind. */
export interface Tally {
  done(kind: string): void;
  shown(kind: string, proof: string): void;
  readonly counts: readonly Count[];
}

export function openTally(): Tally {
  const counts = new Map<string, Count>();
  const change = (kind: string, by: (count: Count) => Partial<Count>) => {
    const count = counts.get(kind) ?? { kind, done: 0, shown: 0, proof: '' };
    counts.set(kind, { ...count, ...by(count) });
  };
  return {
    done: (kind) => change(kind, ({ done }) => ({ done: done + 1 })),
    shown: (kind, proof) => change(kind, ({ shown }) => ({ shown: shown + 1, proof })),
    get counts() {
      return [...counts.values()].sort((a, b) => a.kind.localeCompare(b.kind));
    },
  };
}
