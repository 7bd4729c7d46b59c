import { type CodeName, type CommandRequest, type CommandResource, parseDuration } from '@skerry/contracts';
import type { ProjectClient } from '@skerry/sdk';
import type { Cli } from '../cli.ts';
import { failure } from '../errors.ts';
import { clean } from '../render/clean.ts';
import { age } from '../render/format.ts';
import { silenceOf } from './facts.ts';

type Devices = ProjectClient['devices'];

/** Seconds of `--ttl`. */
export function ttlSecondsOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 1000) return Math.floor(ms / 1000);
  throw failure('BadUsage', `--ttl ${text}: expected a duration such as 30s, 8h or 7d`);
}

/** Says on stderr that a device is away, for somebody who would wonder why nothing comes. */
export async function tellIfAway(cli: Cli, devices: Devices, name: string, ttl: string): Promise<boolean> {
  const { value: device } = await devices.get(name);
  if (device.status.connected) return false;
  const silence = silenceOf(device, cli.ports.clock.now());
  const since = silence === undefined ? 'it never connected' : `last heard of ${age(silence)} ago`;
  const line = `${clean(name)} is offline (${since}). It is asked as soon as it is back, within ${ttl} (--ttl).`;
  cli.stderr.line(line);
  return true;
}

/** Asks, and waits for what comes of it: at most until the hub lets it expire. */
export async function askAndWait(
  devices: Devices,
  name: string,
  request: CommandRequest,
): Promise<CommandResource> {
  const { id } = await devices.ask(name, request);
  return whenSettled(devices, name, id);
}

const waitSeconds = 20;

export async function whenSettled(devices: Devices, name: string, id: string): Promise<CommandResource> {
  for (;;) {
    const command = await devices.command(name, id, waitSeconds);
    if (command.settledAt !== undefined) return command;
  }
}

const codes: Readonly<Record<string, CodeName>> = {
  failed: 'CommandFailed',
  refused: 'CommandRefused',
  expired: 'CommandExpired',
  unknown: 'CommandUnknown',
};

/** The command itself when it is done; otherwise throws what became of it. */
export function requireDone(command: CommandResource): CommandResource {
  const code = codes[command.state];
  if (!code) return command;
  const why = command.message ?? command.reason ?? command.state;
  throw failure(code, `${clean(command.device)} did not do ${clean(command.kind)}: ${clean(why)}`);
}
