import { type AddCommand, group } from '../command.ts';
import { becomePart } from '../processes.ts';

export const hubCommands: AddCommand = (parent) => {
  const hub = group(parent, 'hub', 'the control plane of a fleet');
  const part = (name: string, summary: string) =>
    hub
      .command(name)
      .description(summary)
      .helpOption(false)
      .allowUnknownOption()
      .argument('[settings...]')
      // The hub reads its own settings, and lists them with --help.
      .action((settings: string[]) => becomePart('hub', [name, ...settings]));

  part('run', 'run the hub until it is told to stop; all settings: skerry hub run --help');
  part('backup', 'write one encrypted copy of a hub while it serves: skerry hub backup FILE');
  part('restore', 'make a hub of a backup, in an empty folder: skerry hub restore FILE');
  part('rotate', 'replace the keys of a hub: skerry hub rotate issuing, or root');
  part('new-epoch', 'begin a new epoch of a hub whose database was set back by other means');
};
