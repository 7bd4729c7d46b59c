import { type Command, Option } from 'commander';
import type { Cli } from './cli.ts';
import { type CommandContext, openContext } from './hub/connect.ts';

export interface CommonOptions {
  readonly json?: boolean;
}
export interface HubOptions extends CommonOptions {
  readonly project: string;
}

/** Adds one command, or one group with its commands, to the command above it. */
export type AddCommand = (parent: Command, cli: Cli) => void;

export interface CommandText {
  /** With its arguments, such as `show <name>`. */
  readonly name: string;
  readonly summary: string;
  /** Command lines that work, without `skerry`. */
  readonly examples: readonly string[];
}

/** A command with `--json`, whose help ends in an example. */
export function command(parent: Command, { name, summary, examples }: CommandText): Command {
  const lines = examples.map((example) => `  $ skerry ${example}`);
  return parent
    .command(name)
    .description(summary)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.join('\n')}`);
}

/** The same for what asks a hub. */
export function hubCommand(parent: Command, text: CommandText): Command {
  const project = new Option('--project <name>', 'the project to work in')
    .env('SKERRY_PROJECT')
    .default('default');
  return command(parent, text).addOption(project);
}

/** A group, such as `device`, that does nothing by itself. */
export function group(parent: Command, name: string, summary: string): Command {
  return parent.command(name).description(summary);
}

/** An action that finds the hub's client for the project ready. */
export function withHub<Options extends HubOptions, Args extends unknown[]>(
  cli: Cli,
  action: (context: CommandContext, options: Options, ...args: Args) => Promise<void>,
): (...all: unknown[]) => Promise<void> {
  return async (...all) => {
    // Commander gives the arguments, then the options, then the command itself.
    const options = all.at(-2) as Options;
    const context = await openContext(cli, options.project);
    await action(context, options, ...(all.slice(0, -2) as Args));
  };
}

/** Does what goes on until Ctrl-C, which is its good end. */
export async function untilStopped({ signal }: Cli, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Prints a result as JSON if that was asked for, else as `text` says. */
export function print(cli: Cli, options: CommonOptions, value: unknown, text: () => readonly string[]): void {
  if (options.json) cli.stdout.line(JSON.stringify(value, null, cli.stdout.isTerminal ? 2 : undefined));
  else for (const line of text()) cli.stdout.line(line);
}
