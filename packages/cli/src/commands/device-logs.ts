import { type LogLine, parseDuration } from '@skerry/contracts';
import { entryText } from '@skerry/kit/log';
import type { Cli } from '../cli.ts';
import { type AddCommand, type HubOptions, hubCommand, untilStopped, withHub } from '../command.ts';
import { deviceLogs } from '../devices/follow-logs.ts';
import { failure } from '../errors.ts';
import { plain } from '../render/colour.ts';

interface LogsOptions extends HubOptions {
  readonly follow?: boolean;
  readonly since?: string;
  readonly tail?: string;
  readonly part?: string;
  readonly ttl: string;
}

const parts = ['agent', 'runtime'] as const;
const tailUnlessSaid = 200;
const mostLines = 10_000;

export const deviceLogsCommand: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'logs <name>',
    summary: 'show what the agent and the runtime of a device said, secrets taken out',
    examples: ['device logs camera1 --since 1h', 'device logs camera1 -f --part runtime'],
  })
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--since <duration>', 'only what was said in the last 30m, 1h30m, 2d …')
    .option('--tail <lines>', `only the last so many lines (default: ${tailUnlessSaid}, without --since)`)
    .option('--part <part>', `one of ${parts.join(', ')} (default: both)`)
    .option('--ttl <duration>', 'how long a device that is away may take to come back', '30s')
    .action(
      withHub(cli, async ({ project }, options: LogsOptions, device: string) => {
        const question = {
          device,
          first: firstOf(options),
          parts: partsOf(options.part),
          ttl: options.ttl,
          follow: options.follow === true,
        };
        const read = async () => {
          for await (const lines of deviceLogs(cli, project.devices, question)) show(cli, options, lines);
        };
        await (question.follow ? untilStopped(cli, read) : read());
      }),
    );
};

function firstOf({ since, tail }: LogsOptions): { sinceMs?: number; tail?: number } {
  const sinceMs = since === undefined ? undefined : parseDuration(since);
  if (since !== undefined && sinceMs === undefined)
    throw failure('BadUsage', `--since ${since}: expected a duration such as 30m, 8h or 7d`);
  const lines = tail === undefined ? undefined : Number(tail);
  if (lines !== undefined && !(Number.isInteger(lines) && lines >= 1 && lines <= mostLines))
    throw failure('BadUsage', `--tail ${tail}: expected a number from 1 to ${mostLines}`);
  if (sinceMs === undefined) return { tail: lines ?? tailUnlessSaid };
  return { sinceMs, ...(lines !== undefined && { tail: lines }) };
}

function partsOf(text: string | undefined): (typeof parts)[number][] {
  if (text === undefined) return [...parts];
  const part = parts.find((known) => known === text);
  if (part) return [part];
  throw failure('BadUsage', `--part ${text}: expected one of ${parts.join(', ')}`);
}

function show({ stdout }: Cli, { json }: LogsOptions, lines: readonly LogLine[]): void {
  const form = json ? JSON.stringify : (line: LogLine) => textOf(line, stdout.paint !== plain);
  for (const line of lines) stdout.line(form(line));
}

const textOf = ({ name: part, time, level, msg: message, ...fields }: LogLine, colour: boolean) =>
  entryText({ part, time, level, message, fields }, colour);
