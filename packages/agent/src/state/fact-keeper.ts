import { type Clock, type Logger, soonest } from '@skerry/kit';
import type { AgentState, Fact, FactName } from './state.ts';

/** Writes down what an agent can do without until its next start. */
export interface FactKeeper {
  /** At once, or, where the disk refuses it, as soon as it does not: the newest value alone. Never throws. */
  keep<Name extends FactName>(name: Name, value: Fact<Name>): void;
  stop(): void;
}

const AGAIN_MS = 60_000;

export function factKeeper(
  state: Pick<AgentState, 'remember'>,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): FactKeeper {
  const unkept = new Map<FactName, () => void>();

  const write = (name: FactName, remember: () => void) => {
    try {
      remember();
      unkept.delete(name);
    } catch (error) {
      if (!unkept.has(name)) logger.error('what was learnt could not be kept yet', { what: name, error });
      unkept.set(name, remember);
      again.within(AGAIN_MS);
    }
  };
  const again = soonest(clock, () => {
    for (const [name, remember] of unkept) write(name, remember);
  });

  return {
    keep: (name, value) => write(name, () => state.remember(name, value)),
    stop: again.stop,
  };
}
