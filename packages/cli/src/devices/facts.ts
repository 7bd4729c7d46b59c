import type { DeviceResource } from '@skerry/contracts';

/** `v42`, `v41 < v42` while another is wanted, `-` where nothing is. */
export function appliedText({ status }: DeviceResource): string {
  const { applied } = status.reported;
  const { desired } = status;
  if (!desired) return '-';
  const isSame = applied?.epoch === desired.epoch && applied.version === desired.version;
  if (isSame) return `v${desired.version}`;
  return `${applied ? `v${applied.version}` : '-'} < v${desired.version}`;
}

/** `digits:3`, `digits:-` while no version serves. */
export function modelsText({ status }: DeviceResource): string {
  const models = Object.entries(status.reported.models ?? {});
  return models.map(([name, model]) => `${name}:${model.serving?.version ?? '-'}`).join(' ') || '-';
}

/** Messages on the device that the hub has not acknowledged; unknown while it is away. */
export function waitingOf({ status }: DeviceResource): number | undefined {
  const streams = Object.values(status.reported.streams ?? {});
  if (!status.connected || !status.reported.streams) return undefined;
  return streams.reduce((sum, { waiting }) => sum + waiting, 0);
}

/** Milliseconds since the hub last heard of it; undefined for a device that never connected. */
export function silenceOf({ status }: DeviceResource, now: number): number | undefined {
  return status.lastSeen === undefined ? undefined : Math.max(0, now - Date.parse(status.lastSeen));
}
