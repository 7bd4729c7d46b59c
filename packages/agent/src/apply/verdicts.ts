import { type Version, versionKey } from '../plan/model.ts';
import type { AgentState, Fact } from '../state/state.ts';

/** What this device has learnt about versions, durably: which serve well, and which are not tried again. */
export interface Verdicts {
  readonly proven: ReadonlyMap<string, Version>;
  readonly refused: ReadonlySet<string>;
  /** Why a version is not tried again. */
  refusalOf(model: string, digest: string): { reason: string; message: string } | undefined;
  refuse(model: string, digest: string, reason: string, message: string): void;
  prove(model: string, version: Version): void;
  /** Forgets what was learnt of versions that nobody wants any more. */
  keepOnly(wanted: ReadonlyMap<string, { readonly digest: string }>): void;
}

export function verdicts(state: AgentState): Verdicts {
  let refused = new Map(Object.entries(state.recall('refused')));
  let proven = new Map(Object.entries(state.recall('proven')));
  const keepRefused = (next: typeof refused) => {
    refused = next;
    state.remember('refused', Object.fromEntries(refused) as Fact<'refused'>);
  };
  const keepProven = (next: typeof proven) => {
    proven = next;
    state.remember('proven', Object.fromEntries(proven) as Fact<'proven'>);
  };

  return {
    get proven() {
      return proven;
    },
    get refused() {
      return new Set(refused.keys());
    },
    refusalOf: (model, digest) => refused.get(versionKey(model, digest)),
    refuse(model, digest, reason, message) {
      const why = { reason, message: message.slice(0, 1024) };
      keepRefused(new Map(refused).set(versionKey(model, digest), why));
    },
    prove(model, { version, digest }) {
      keepProven(new Map(proven).set(model, { version, digest }));
    },
    keepOnly(wanted) {
      const keys = new Set([...wanted].map(([model, { digest }]) => versionKey(model, digest)));
      const stillRefused = new Map([...refused].filter(([key]) => keys.has(key)));
      if (stillRefused.size < refused.size) keepRefused(stillRefused);
      const stillProven = new Map([...proven].filter(([model]) => wanted.has(model)));
      if (stillProven.size < proven.size) keepProven(stillProven);
    },
  };
}
