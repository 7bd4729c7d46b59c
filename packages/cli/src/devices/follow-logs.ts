import { type CommandArgs, type LogLine, type LogPage, logPage } from '@skerry/contracts';
import type { ProjectClient } from '@skerry/sdk';
import type { Cli } from '../cli.ts';
import { failure } from '../errors.ts';
import { askAndWait, requireDone, tellIfAway, ttlSecondsOf } from './ask.ts';

export interface LogQuestion {
  readonly device: string;
  readonly first: Partial<CommandArgs<'logs'>>;
  readonly parts: CommandArgs<'logs'>['parts'];
  /** As it was typed: how long each page may take. */
  readonly ttl: string;
  readonly follow: boolean;
}

/** Between two looks at a device that is followed: soon after it said something, later while it is silent. */
const soonMs = 1_000;
const lateMs = 10_000;
const slower = 1.5;

/** What a device said, page after page, by commands of its hub; with `follow` until the signal aborts. */
export async function* deviceLogs(
  cli: Cli,
  devices: ProjectClient['devices'],
  { device, first, parts, ttl, follow }: LogQuestion,
): AsyncGenerator<LogLine[]> {
  const ttlSeconds = ttlSecondsOf(ttl);
  let after: string | undefined;
  let pauseMs = soonMs;
  await tellIfAway(cli, devices, device, ttl);
  for (;;) {
    const args = after === undefined ? { parts, ...first } : { parts, after };
    const command = await askAndWait(devices, device, { kind: 'logs', args, ttlSeconds });
    const isAway = command.state === 'expired' || command.state === 'unknown';
    const page = follow && isAway ? undefined : pageOf(requireDone(command).result);
    if (page?.missed) cli.stderr.line('(lines in between are not kept any more)');
    if (page && page.lines.length > 0) yield page.lines;
    after = page?.next ?? after;
    if (page?.more) continue;
    if (!follow) return;
    if (!page) await tellIfAway(cli, devices, device, ttl);
    pauseMs = page && page.lines.length > 0 ? soonMs : Math.min(lateMs, pauseMs * slower);
    await cli.ports.clock.sleep(pauseMs, cli.signal);
  }
}

function pageOf(result: unknown): LogPage {
  const parsed = logPage.safeParse(result);
  if (parsed.success) return parsed.data;
  throw failure('CommandUnknown', 'the hub does not keep what the device answered any more', {
    next: 'Ask again.',
  });
}
