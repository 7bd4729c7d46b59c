import type { Random } from '@skerry/kit';
import { corpusOf } from './corpus.ts';
import { heldBytes } from './memory.ts';
import { type Fault, type FuzzedTarget, fuzzed, fuzzOnce, replay } from './run.ts';
import type { FuzzedServer } from './server-target.ts';
import { openTargets } from './targets.ts';

/** How many inputs each parser gets between two looks at memory and health, and the server's socket. */
const BATCH = { parser: 200, socket: 20 };
/** What is held may differ between two looks; what grows passes this sooner or later. */
const MOST_GROWTH = 24 * 1024 * 1024;
const WARM_BATCHES = 3;

export interface FuzzSession {
  readonly targets: readonly FuzzedTarget[];
  /** The corpus as it is. */
  replay(): Promise<Fault | undefined>;
  /** Some changed inputs for every target. Throws when the server is ill, or memory grows. */
  batch(): Promise<{ inputs: number; fault?: Fault | undefined }>;
}

export async function openSession(server: FuzzedServer, random: Random): Promise<FuzzSession> {
  const parsers = await openTargets();
  const sockets = server.targets.map((target) => fuzzed(target, corpusOf(target.name)));
  const targets = [...parsers, ...sockets];
  let batches = 0;
  let held = 0;

  async function checkMemory(): Promise<void> {
    batches++;
    if (batches < WARM_BATCHES) return;
    const now = await heldBytes();
    if (batches === WARM_BATCHES) held = now;
    else if (now > held + MOST_GROWTH) throw new Error(`memory grew from ${held} to ${now} bytes`);
  }

  return {
    targets,
    async replay() {
      for (const target of targets) {
        const fault = await replay(target);
        if (fault) return fault;
      }
      await server.checkHealth();
      return undefined;
    },
    async batch() {
      let inputs = 0;
      for (const target of targets)
        for (let left = sockets.includes(target) ? BATCH.socket : BATCH.parser; left > 0; left--) {
          inputs++;
          const fault = await fuzzOnce(target, random);
          if (fault) return { inputs, fault };
        }
      await server.checkHealth();
      await checkMemory();
      return { inputs };
    },
  };
}
