import { type AddCommand, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { confirm } from '../io/confirm.ts';
import { clean } from '../render/clean.ts';

export const deviceRevokeCommand: AddCommand = (parent, cli) => {
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
          `${clean(name)} is cut off. To let it back: skerry device admit ${clean(name)}`,
        ]);
      }),
    );
};
