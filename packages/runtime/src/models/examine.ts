import type { Clock } from '@skerry/kit';
import type { Engine } from '../engines/engine.ts';
import type { PlainSignature } from '../serving/signature.ts';
import type { ModelFiles } from './model-files.ts';
import { openModel } from './open-model.ts';
import type { Measured } from './placement.ts';
import { warmUp } from './warm-up.ts';

export interface Examined {
  readonly signature: PlainSignature;
  readonly measured: Measured;
  /** Operators whose calls take as long as their input says. */
  readonly branches: readonly string[];
}

/** Finds out about a model before it is placed. Rejects with why it cannot be opened, or with `InvalidFile`. */
export type Examine = (model: {
  readonly name: string;
  readonly version: string;
  readonly files: ModelFiles;
}) => Promise<Examined>;

export function examineHere(engine: Engine, clock: Clock): Examine {
  return async ({ name, version, files }) => {
    const began = clock.monotonic();
    const session = openModel(engine, files);
    const openMs = clock.monotonic() - began;
    warmUp(session);
    const { inputs, outputs, leftOut } = session;
    session.close();
    return {
      signature: { name, version, spec: files.spec, inputs, outputs, leftOut },
      measured: { openMs, p50Ms: undefined, p99Ms: undefined },
      branches: [],
    };
  };
}
