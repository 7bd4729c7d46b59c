import { type AddCommand, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { confirm } from '../io/confirm.ts';
import { clean } from '../render/clean.ts';

/** Whether a device is let in: `revoke` and `readmit`. */
export const deviceStandingCommands: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'revoke <name>',
    summary: 'cut a device off at once and keep it out, without removing it from the fleet',
    examples: ['device revoke camera1 --yes'],
  })
    .option('--yes', 'do not ask')
    .action(
      withHub(cli, async ({ project }, options: HubOptions & { yes?: boolean }, name: string) => {
        if (!options.yes) await confirm(cli, `Cut ${name} off and keep it out? [y/N] `);
        await project.devices.revoke(name);
        print(cli, options, { revoked: name }, () => [
          `${clean(name)} is cut off. To let it back: skerry device readmit ${clean(name)}`,
        ]);
      }),
    );
  hubCommand(parent, {
    name: 'readmit <name>',
    summary: 'let a device come back that was revoked, or whose certificate has ended',
    examples: ['device readmit camera1'],
  }).action(
    withHub(cli, async ({ project }, options: HubOptions, name: string) => {
      await project.devices.readmit(name);
      print(cli, options, { readmitted: name }, () => [`${clean(name)} may come back.`]);
    }),
  );
};
