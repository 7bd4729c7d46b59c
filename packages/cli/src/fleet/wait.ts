import type { DeviceResource } from '@skerry/contracts';
import type { Clock } from '@skerry/kit';
import type { ProjectClient } from '@skerry/sdk';
import { deviceState, reasonText } from '../devices/state.ts';
import { failure } from '../errors.ts';

export interface WaitOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The devices that these select are waited for. */
  readonly deployments: readonly string[];
  readonly deadlineMs: number;
  readonly onProgress: (progress: Progress) => void;
}

export interface Progress {
  readonly selected: number;
  readonly done: number;
  /** Each device that is not there yet, and why. */
  readonly pending: readonly { readonly device: string; readonly why: string }[];
}

const pollMs = 500;
const namedInError = 5;

/** Resolves once every selected device applied what is wanted of it and is ready. Throws `DeadlineExceeded`. */
export async function waitForDevices(project: ProjectClient, options: WaitOptions): Promise<Progress> {
  const { clock, signal, deadlineMs, onProgress } = options;
  const until = clock.monotonic() + deadlineMs;
  for (;;) {
    const progress = progressOf(await project.devices.list(), options.deployments);
    onProgress(progress);
    if (progress.pending.length === 0) return progress;
    if (clock.monotonic() >= until) throw tooLate(progress, deadlineMs);
    await clock.sleep(pollMs, signal);
  }
}

export function progressOf(devices: readonly DeviceResource[], deployments: readonly string[]): Progress {
  const selected = devices.filter(({ status }) => status.deployments.some((it) => deployments.includes(it)));
  const pending = selected
    .filter((device) => deviceState(device).kind !== 'ready' || !hasApplied(device))
    .map((device) => ({ device: device.metadata.name, why: whyOf(device) }));
  return { selected: selected.length, done: selected.length - pending.length, pending };
}

function hasApplied({ status: { desired, reported } }: DeviceResource): boolean {
  const { applied } = reported;
  return desired === undefined || (applied?.epoch === desired.epoch && applied.version === desired.version);
}

function whyOf(device: DeviceResource): string {
  const state = deviceState(device);
  return reasonText(state) || `${state.word}, has not reported the new version yet`;
}

function tooLate({ selected, done, pending }: Progress, deadlineMs: number) {
  const named = pending.slice(0, namedInError).map(({ device, why }) => `\n  ${device}: ${why}`);
  const more = pending.length > named.length ? `\n  and ${pending.length - named.length} more` : '';
  const detail = `${done} of ${selected} devices were ready within ${Math.round(deadlineMs / 1000)} s`;
  return failure('DeadlineExceeded', `${detail}${named.join('')}${more}`, {
    next: 'The change is applied at the hub and goes on. Look with `skerry devices`.',
  });
}
