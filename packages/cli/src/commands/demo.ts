import { parseDuration } from '@skerry/contracts';
import type { Cli } from '../cli.ts';
import { type AddCommand, type CommonOptions, command } from '../command.ts';
import { playDemo } from '../demo/demo.ts';
import { failure } from '../errors.ts';

interface DemoFlags extends CommonOptions {
  readonly for?: string;
}

export const demoCommand: AddCommand = (parent, cli) => {
  command(parent, {
    name: 'demo',
    summary: 'a hub, three sites and their cameras on this machine, on real data; Ctrl-C ends it all',
    examples: ['demo', 'demo --for 20s --json'],
  })
    .option('--for <duration>', 'work for so long, then say whether all went well; without it, until Ctrl-C')
    .action((options: DemoFlags) => demo(cli, options));
};

async function demo(cli: Cli, options: DemoFlags): Promise<void> {
  const json = options.json === true;
  const end = await playDemo(cli, { forMs: durationOf(options.for), json });
  if (end && json) cli.stdout.line(JSON.stringify(end.result));
  const faults = end?.faults ?? [];
  for (const fault of faults) cli.stderr.line(`${cli.stderr.paint('red', '✗')} ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}

function durationOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? undefined : parseDuration(text);
  if (text === undefined || (ms !== undefined && ms > 0)) return ms;
  throw failure('BadUsage', `--for ${text}: expected a duration such as 20s or 5m`);
}
