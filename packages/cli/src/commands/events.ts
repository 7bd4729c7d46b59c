import type { HubEvent } from '@skerry/contracts';
import type { Cli } from '../cli.ts';
import { type AddCommand, type HubOptions, hubCommand, untilStopped, withHub } from '../command.ts';
import { failure } from '../errors.ts';
import { eventTable } from '../events/table.ts';
import type { CommandContext } from '../hub/connect.ts';

interface EventOptions extends HubOptions {
  readonly device?: string;
  readonly deployment?: string;
  readonly limit: string;
  readonly follow?: boolean;
  readonly utc?: boolean;
}

const pollMs = 2000;

export const eventsCommand: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'events',
    summary: 'list what happened, newest first; with -f, go on as it happens',
    examples: ['events --device camera1', 'events -f --json'],
  })
    .option('--device <name>', 'about this device alone')
    .option('--deployment <name>', 'about this deployment alone')
    .option('--limit <number>', 'how many, at most', '50')
    .option('-f, --follow', 'go on until Ctrl-C, oldest first')
    .option('--utc', 'times in UTC instead of your time zone')
    .action(
      withHub(cli, async (context, options: EventOptions) => {
        const most = limitOf(options.limit);
        const events = await read(context, options, most);
        if (!options.follow) return show(cli, options, events);
        show(cli, options, events.toReversed());
        await untilStopped(cli, () => follow(cli, context, options, events[0]?.id));
      }),
    );
};

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 10_000) return limit;
  throw failure('BadUsage', `--limit ${text}: expected a number from 1 to 10000`);
}

async function read({ project }: CommandContext, { device, deployment }: EventOptions, most: number) {
  if (device && deployment) throw failure('BadUsage', 'give --device or --deployment, not both');
  // So that a name with a mistake is not taken for one about which nothing happened.
  if (device) await project.devices.get(device);
  return project.events({ device, deployment, most });
}

/** Event ids rise with time (UUIDv7), so what is new is what is greater. */
async function follow(cli: Cli, context: CommandContext, options: EventOptions, from = ''): Promise<void> {
  for (let last = from; ; ) {
    await cli.ports.clock.sleep(pollMs, cli.signal);
    const events = await read(context, options, 1000);
    const fresh = events.filter(({ id }) => id > last).reverse();
    show(cli, options, fresh);
    last = fresh.at(-1)?.id ?? last;
  }
}

/** With `--json`, a line each, so that a reader need not wait for the end. */
function show({ stdout, ports }: Cli, { json, utc }: EventOptions, events: readonly HubEvent[]): void {
  if (json) for (const event of events) stdout.line(JSON.stringify(event));
  else {
    const timeZone = utc ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
    const { width, paint } = stdout;
    const view = { width, paint, now: ports.clock.now(), timeZone, about: true };
    for (const line of eventTable(events, view)) stdout.line(line);
  }
}
