import { type AddCommand, group } from '../command.ts';
import { failure } from '../errors.ts';
import { becomePart } from '../processes.ts';

export const agentCommands: AddCommand = (parent) => {
  const agent = group(parent, 'agent', 'the service of an edge node');
  const part = (name: string, summary: string, run: (settings: string[]) => Promise<void>) =>
    agent
      .command(name)
      .description(summary)
      .helpOption(false)
      .allowUnknownOption()
      .argument('[settings...]')
      // The agent reads its own settings, and lists them with --help.
      .action(run);

  part('join', 'join a hub: `skerry agent join -` reads the token from standard input', async (settings) => {
    refuseTokenInArguments(settings);
    await becomePart('agent', ['join', ...settings]);
  });
  part('run', 'run the agent until it is told to stop', (settings) =>
    becomePart('agent', ['run', ...settings]),
  );
  part('status', 'say how the agent of this machine is', (settings) =>
    becomePart('agent', ['status', ...settings]),
  );
  part('check', 'look at all that the agent needs, with the hub or without', (settings) =>
    becomePart('agent', ['check', ...settings]),
  );
  part('logs', 'show what the agent and its runtime said on this machine', (settings) =>
    becomePart('agent', ['logs', ...settings]),
  );
  part('messages', 'show what people sent to the programs of this site', (settings) =>
    becomePart('agent', ['messages', ...settings]),
  );
  part('support-bundle', 'collect logs, state and the check in a file, every secret taken out', (settings) =>
    becomePart('agent', ['support-bundle', ...settings]),
  );
};

/** A token in the arguments is seen by every user of the machine, and stays in the shell's history. */
function refuseTokenInArguments(settings: readonly string[]): void {
  if (!settings.some((setting) => setting.includes('skerry-join.'))) return;
  throw failure(
    'BadUsage',
    'a join token must not stand on the command line, where every process can read it',
    {
      next: 'Run `skerry agent join -` and paste the token, or pipe it in. Revoke this one: `skerry device token revoke`.',
    },
  );
}
