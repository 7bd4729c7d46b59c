import { type Found, failedBy, pass } from './finding.ts';
import type { Site } from './site.ts';

/** What the agent remembers (`agent.db`), read from a copy. */
export async function checkMemory({ state }: Site): Promise<Found[]> {
  if ('fault' in state) return [failedBy(state.fault)];
  return state.value ? [pass('what the agent remembers can be read')] : [];
}
