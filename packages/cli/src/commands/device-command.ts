import { type CommandRequest, type CommandResource, commandKinds, commandRequest } from '@skerry/contracts';
import type { Cli } from '../cli.ts';
import { type AddCommand, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { requireDone, tellIfAway, ttlSecondsOf, whenSettled } from '../devices/ask.ts';
import { failure } from '../errors.ts';
import type { CommandContext } from '../hub/connect.ts';
import { clean } from '../render/clean.ts';
import { age } from '../render/format.ts';
import { type Column, table } from '../render/table.ts';

interface CommandOptions extends HubOptions {
  readonly args?: string;
  readonly ttl: string;
  readonly wait?: boolean;
}

export const deviceCommandCommands: AddCommand = (parent, cli) => {
  addCommand(parent, cli);
  addSend(parent, cli);
  addList(parent, cli);
};

const addCommand: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'command <name> <kind>',
    summary: `ask a device to do something once: ${commandKinds.join(', ')}`,
    examples: ['device command camera1 check --wait', 'device command camera1 restart-runtime --ttl 8h'],
  })
    .option('--args <json>', 'its arguments, a JSON object')
    .option('--ttl <duration>', 'how long it waits for a device that is away', '1h')
    .option('--wait', 'wait for what comes of it')
    .action(
      withHub(cli, async (context, options: CommandOptions, name: string, kind: string) => {
        const args = options.args === undefined ? {} : jsonOf('--args', options.args);
        await ask(cli, context, options, name, { kind, args });
      }),
    );
};

const maxBytes = 256 * 1024;

const addSend: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'send <name> [json]',
    summary:
      'send a message to the programs of a site: kept until the device is back, delivered once, in order',
    examples: [`device send till-1 '{"price": 3}'`, 'device send till-1 < prices.json'],
  })
    .option('--ttl <duration>', 'how long it waits for a device that is away', '30d')
    .option('--wait', 'wait until the device has it')
    .action(
      withHub(cli, async (context, options: CommandOptions, name: string, json: string | undefined) => {
        const text = json ?? (await cli.stdin.readAll(maxBytes));
        const body = jsonOf('the message', text);
        await ask(cli, context, options, name, { kind: 'message', args: { body } });
      }),
    );
};

async function ask(
  cli: Cli,
  { project: { devices } }: CommandContext,
  options: CommandOptions,
  name: string,
  wish: { kind: string; args: unknown },
): Promise<void> {
  const ttlSeconds = ttlSecondsOf(options.ttl);
  const request = requestOf({ ...wish, ttlSeconds });
  const made = await devices.ask(name, request);
  await tellIfAway(cli, devices, name, options.ttl);
  const command = options.wait ? requireDone(await whenSettled(devices, name, made.id)) : made;
  print(cli, options, command, () => textOf(command));
}

function textOf({ id, device, kind, state, result }: CommandResource): string[] {
  if (state === 'done') return [JSON.stringify(result ?? {}, null, 2)];
  return [
    `${clean(device)} is asked for ${clean(kind)}; what comes of it: skerry device commands ${device} (${id})`,
  ];
}

function requestOf(wish: unknown): CommandRequest {
  const parsed = commandRequest.safeParse(wish);
  if (parsed.success) return wish as CommandRequest;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'kind';
  throw failure(
    'BadUsage',
    `${where}: ${issue?.path[0] === 'kind' ? `one of ${commandKinds.join(', ')}` : issue?.message}`,
  );
}

function jsonOf(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw failure('BadUsage', `${what} is no JSON: ${(cause as Error).message}`, { cause });
  }
}

const addList: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'commands <name>',
    summary: 'list what a device was asked to do, newest first, and what came of it',
    examples: [
      'device commands camera1',
      'device commands camera1 --id 01939b1c-2f4e-7c52-8f0e-0d9a4d1f6a11',
    ],
  })
    .option('--limit <number>', 'how many, at most', '20')
    .option('--id <id>', 'one of them, with its result')
    .action(
      withHub(
        cli,
        async (
          { project: { devices } },
          options: HubOptions & { limit: string; id?: string },
          name: string,
        ) => {
          if (options.id !== undefined) {
            const command = await devices.command(name, options.id);
            return print(cli, options, command, () => [JSON.stringify(command, null, 2)]);
          }
          const commands = await devices.commands(name, limitOf(options.limit));
          print(cli, options, commands, () => table(commands, columns(cli.ports.clock.now()), cli.stdout));
        },
      ),
    );
};

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw failure('BadUsage', `--limit ${text}: expected a number from 1 to 1000`);
}

const columns = (now: number): Column<CommandResource>[] => [
  { title: 'ID', text: (it) => it.id, drop: 3 },
  { title: 'KIND', text: (it) => it.kind },
  { title: 'STATE', text: (it) => it.state, shade: (it) => (isWell(it) ? undefined : 'yellow') },
  { title: 'ASKED', text: (it) => `${age(now - Date.parse(it.createdAt))} ago` },
  { title: 'BY', text: (it) => it.by, drop: 2 },
  { title: 'LEFT', text: (it) => leftText(it, now), drop: 1 },
  { title: 'MESSAGE', text: (it) => it.message ?? '', stretches: true },
];

const isWell = ({ state }: CommandResource) => ['queued', 'sent', 'done'].includes(state);

const leftText = ({ settledAt, expiresAt }: CommandResource, now: number) =>
  settledAt === undefined ? age(Date.parse(expiresAt) - now) : '-';
