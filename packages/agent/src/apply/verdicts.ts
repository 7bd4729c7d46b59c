import { type Version, versionKey } from '../plan/model.ts';
import type { FactKeeper } from '../state/fact-keeper.ts';
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

export function verdicts(state: Pick<AgentState, 'recall'>, keeper: Pick<FactKeeper, 'keep'>): Verdicts {
  let refused = new Map(Object.entries(state.recall('refused')));
  let proven = new Map(Object.entries(state.recall('proven')));
  const keep = () => {
    keeper.keep('refused', Object.fromEntries(refused) as Fact<'refused'>);
    keeper.keep('proven', Object.fromEntries(proven) as Fact<'proven'>);
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
      refused = new Map(refused).set(versionKey(model, digest), why);
      keep();
    },
    prove(model, { version, digest }) {
      proven = new Map(proven).set(model, { version, digest });
      keep();
    },
    keepOnly(wanted) {
      const keys = new Set([...wanted].map(([model, { digest }]) => versionKey(model, digest)));
      const before = refused.size + proven.size;
      refused = new Map([...refused].filter(([key]) => keys.has(key)));
      proven = new Map([...proven].filter(([model]) => wanted.has(model)));
      if (refused.size + proven.size < before) keep();
    },
  };
}
