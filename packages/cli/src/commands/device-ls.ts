import type { DeviceResource } from '@skerry/contracts';
import { type AddCommand, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { deviceList } from '../devices/list.ts';
import { parseSelector, selectDevices } from '../devices/selector.ts';
import { byTrouble, deviceState } from '../devices/state.ts';
import type { CommandContext } from '../hub/connect.ts';

interface ListOptions extends HubOptions {
  readonly selector?: string;
  readonly reason?: string;
  readonly all?: boolean;
}

/** `skerry devices` is short for `skerry device ls`. */
export function deviceLsCommand(name: 'devices' | 'ls'): AddCommand {
  return (parent, cli) => {
    hubCommand(parent, {
      name,
      summary: 'list devices, those with trouble first',
      examples: ['devices', 'devices -l region=north', 'device ls --reason CrashLoop --json'],
    })
      .option('-l, --selector <labels>', 'only those with these labels, their own or their site’s')
      .option('--reason <code>', 'only those with this reason')
      .option('--all', 'list those that are ready too, however many')
      .action(
        withHub(cli, async (context, options: ListOptions) => {
          const devices = await select(context, options);
          const { width, paint } = cli.stdout;
          const view = {
            width,
            paint,
            now: cli.ports.clock.now(),
            all: options.all === true || options.selector !== undefined || options.reason !== undefined,
            hub: new URL(context.url).host,
            project: context.projectName,
          };
          const waiting = options.json ? [] : await context.project.devices.waiting();
          print(cli, options, devices.toSorted(byTrouble), () => [
            ...deviceList(devices, view),
            ...waitingLine(waiting.length),
          ]);
        }),
      );
  };
}

const waitingLine = (count: number) =>
  count > 0
    ? [`${count} ${count === 1 ? 'waits' : 'wait'} for a word of yours: \`skerry device waiting\``]
    : [];

async function select(
  { project }: CommandContext,
  { selector, reason }: ListOptions,
): Promise<DeviceResource[]> {
  const wanted = selector === undefined ? undefined : parseSelector(selector);
  const devices = await project.devices.list();
  const selected = wanted ? selectDevices(devices, await project.sites.list(), wanted) : devices;
  return reason === undefined ? selected : selected.filter((device) => hasReason(device, reason));
}

function hasReason(device: DeviceResource, reason: string): boolean {
  const conditions = Object.values(device.status.conditions);
  const isReason = (text: string | undefined) => text?.toLowerCase() === reason.toLowerCase();
  return isReason(deviceState(device).reason) || conditions.some((condition) => isReason(condition.reason));
}
