import { Command, CommanderError } from 'commander';
import type { Cli } from './cli.ts';
import { commands } from './commands/index.ts';
import { failure } from './errors.ts';

/** The whole command line. */
export function buildProgram(cli: Cli): Command {
  const program = new Command('skerry')
    .description('Runs AI models where the data is, and manages the places where they run.')
    .version(cli.version, '--version', 'print the version')
    .showSuggestionAfterError()
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExample:\n  $ skerry demo\n\nEvery command has --help. `skerry explain CODE` explains any code.',
    );
  for (const add of commands) add(program, cli);
  everyCommand(program, (it) => configure(it, cli));
  return program;
}

/** Runs a command line. Throws what the command throws; `BadUsage` for one that it cannot read. */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    throw badUsage(error);
  }
}

function configure(command: Command, { stdout, stderr }: Cli): void {
  command
    .exitOverride()
    // So that `device token ls --json` is `ls`'s own flag: `token` has one of that name too.
    .enablePositionalOptions()
    .configureHelp({
      helpWidth: stdout.isTerminal ? Math.min(100, stdout.width) : 80,
      showGlobalOptions: false,
    })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => {},
    });
}

function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) everyCommand(child, visit);
}

/** Commander's own messages name the nearest spelling. */
function badUsage({ code, message }: CommanderError) {
  if (code === 'commander.help') return failure('BadUsage', 'a command is missing; they are listed above');
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  return failure('BadUsage', [first, ...rest.map((line) => line.trim())].join(' '));
}
