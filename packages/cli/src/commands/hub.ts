import { type AddCommand, group } from '../command.ts';
import { becomePart } from '../processes.ts';

export const hubCommands: AddCommand = (parent) => {
  const hub = group(parent, 'hub', 'the control plane of a fleet');
  hub
    .command('run')
    .description('run the hub until it is told to stop; all settings: skerry hub run --help')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[settings...]')
    // The hub reads its own settings, and lists them with --help.
    .action((settings: string[]) => becomePart('hub', settings));
};
