import type { WaitingDevice } from '@skerry/contracts';
import { type AddCommand, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { failure } from '../errors.ts';
import type { CommandContext } from '../hub/connect.ts';
import { clean } from '../render/clean.ts';
import { age } from '../render/format.ts';
import { type Column, table } from '../render/table.ts';

interface AdoptOptions extends HubOptions {
  readonly all?: boolean;
  readonly name?: string;
}

export const deviceAdoptCommand: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'adopt [ids...]',
    summary: 'list devices that a restored hub does not know any more, or take them into the fleet',
    examples: ['device adopt', 'device adopt 01939b1c-2f4e-7c52-8f0e-0d9a4d1f6a11 --name till-7'],
  })
    .option('--all', 'all that wait')
    .option('--name <name>', 'what it shall be called (with one id)')
    .action(
      withHub(cli, async ({ project }, options: AdoptOptions, ids: string[]) => {
        if (options.name !== undefined && ids.length !== 1)
          throw failure('BadUsage', '--name goes with one id');
        if (!options.all && ids.length === 0) {
          const waiting = await project.waitingDevices.list();
          print(cli, options, waiting, () => waitingLines(waiting, cli.ports.clock.now(), cli.stdout));
          return;
        }
        const adopted = await adoptAll(project, options, ids);
        print(cli, options, adopted, () => adopted.map(({ id, name }) => `Adopted ${clean(name)} (${id}).`));
      }),
    );
};

async function adoptAll(project: CommandContext['project'], { all, name }: AdoptOptions, given: string[]) {
  const ids = all ? (await project.waitingDevices.list()).map(({ id }) => id) : given;
  const adopted: { id: string; name: string }[] = [];
  for (const id of ids) {
    const device = await project.waitingDevices.adopt(id, name === undefined ? {} : { name });
    adopted.push({ id, name: device.name });
  }
  return adopted;
}

function waitingLines(waiting: readonly WaitingDevice[], now: number, view: { width: number }): string[] {
  if (waiting.length === 0) return ['No device waits to be adopted.'];
  return [
    ...table(waiting, columns(now), view),
    'Adopt one that is yours: skerry device adopt ID; all of them: skerry device adopt --all',
  ];
}

const columns = (now: number): Column<WaitingDevice>[] => [
  { title: 'ID', text: ({ id }) => id },
  { title: 'SAYS IT IS', text: ({ name }) => name },
  { title: 'HOST', text: ({ inventory }) => inventory.hostname, drop: 1 },
  { title: 'ADDRESS', text: ({ address }) => address, drop: 3 },
  { title: 'SINCE', text: ({ firstSeen }) => age(now - Date.parse(firstSeen)), align: 'right', drop: 2 },
];
