import type { DesiredVersion } from '@skerry/contracts';
import type { AgentState } from './state.ts';

/** The desired state that this device applied last; what another remembered in the same folder does not count. */
export function lastApplied(
  state: Pick<AgentState, 'recall'>,
  device: { readonly deviceId: string },
): DesiredVersion | undefined {
  const fact = state.recall('applied');
  if (!fact || (fact.deviceId ?? device.deviceId) !== device.deviceId) return undefined;
  return { epoch: fact.epoch, version: fact.version };
}
