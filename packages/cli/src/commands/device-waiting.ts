import type { WaitingDevice } from '@skerry/contracts';
import { type AddCommand, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { rivalLines, unrivalled } from '../devices/claims.ts';
import { age } from '../render/format.ts';
import { type Column, table } from '../render/table.ts';

export const deviceWaitingCommand: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'waiting',
    summary: 'list devices that wait for a word of yours, why, and what to say',
    examples: ['device waiting', 'device waiting --json'],
  }).action(
    withHub(cli, async ({ project }, options: HubOptions) => {
      const waiting = await project.devices.waiting();
      print(cli, options, waiting, () => lines(waiting, cli.ports.clock.now(), cli.stdout));
    }),
  );
};

function lines(waiting: readonly WaitingDevice[], now: number, view: { width: number }): string[] {
  if (waiting.length === 0) return ['No device waits.'];
  const strangers = unrivalled(waiting).length;
  return [
    ...table(waiting, columns(now), view),
    'Let one in that is yours: skerry device admit, and what stands under ADMIT AS.',
    ...(strangers > 1 ? [`All ${strangers} that the hub does not know: skerry device admit --unknown`] : []),
    ...rivalLines(waiting),
  ];
}

const columns = (now: number): Column<WaitingDevice>[] => [
  { title: 'ADMIT AS', text: ({ admitAs }) => admitAs },
  { title: 'NAME', text: ({ name }) => name, drop: 2 },
  { title: 'WHY', text: ({ reason }) => reason },
  { title: 'SINCE', text: ({ since }) => age(now - Date.parse(since)), align: 'right', drop: 1 },
  { title: 'MESSAGE', text: ({ message }) => message, stretches: true },
];
