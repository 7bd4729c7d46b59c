import { type AddCommand, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { clean } from '../render/clean.ts';

export const deviceAdmitCommand: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'admit <name>',
    summary: 'let a device that was found restored or cloned go on as it is',
    examples: ['device admit camera1'],
  }).action(
    withHub(cli, async ({ project }, options: HubOptions, name: string) => {
      await project.devices.admit(name);
      print(cli, options, { admitted: name }, () => [`${clean(name)} goes on as it is.`]);
    }),
  );
};
