import { type AddCommand, group, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { parseLabels } from '../devices/selector.ts';
import { deviceDetails } from '../devices/show.ts';
import { failure } from '../errors.ts';
import type { CommandContext } from '../hub/connect.ts';
import { confirm } from '../io/confirm.ts';
import { clean } from '../render/clean.ts';
import { deviceAdmitCommand } from './device-admit.ts';
import { deviceCaCommand } from './device-ca.ts';
import { deviceCommandCommands } from './device-command.ts';
import { deviceLogsCommand } from './device-logs.ts';
import { deviceLsCommand } from './device-ls.ts';
import { deviceRevokeCommand } from './device-revoke.ts';
import { deviceTokenCommands } from './device-token.ts';
import { deviceWaitingCommand } from './device-waiting.ts';

export const deviceCommands: AddCommand = (parent, cli) => {
  const device = group(parent, 'device', 'devices: list, look into, ask, label, remove, let join, let in');
  deviceLsCommand('ls')(device, cli);
  addShow(device, cli);
  addLabel(device, cli);
  addRemove(device, cli);
  deviceAdmitCommand(device, cli);
  deviceWaitingCommand(device, cli);
  deviceRevokeCommand(device, cli);
  deviceLogsCommand(device, cli);
  deviceCommandCommands(device, cli);
  deviceCaCommand(device, cli);
  deviceTokenCommands(device, cli);
};

const shownEvents = 10;

const addShow: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'show <name>',
    summary: 'show a device: its conditions, models, streams and last events',
    examples: ['device show camera1'],
  })
    .option('--utc', 'times in UTC instead of your time zone')
    .action(
      withHub(cli, async ({ project }, options: HubOptions & { utc?: boolean }, name: string) => {
        const { value: device } = await project.devices.get(name);
        const [desired, streams, events, site] = await Promise.all([
          project.devices.desired(name),
          project.devices.streams(name),
          project.events({ device: name, most: shownEvents }),
          device.spec.site === undefined ? undefined : project.sites.find(device.spec.site),
        ]);
        const timeZone = options.utc ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
        const { width, paint } = cli.stdout;
        const view = { width, paint, now: cli.ports.clock.now(), timeZone };
        const details = { device, desired, streams, events, siteZone: site?.value.spec.timeZone };
        print(cli, options, { device, desired, streams, events }, () => deviceDetails(details, view));
      }),
    );
};

const addLabel: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'label <name> [labels...]',
    summary: 'set labels (key=value), take them away (key-), or move the device to a site',
    examples: ['device label camera1 role=meter floor-', 'device label camera1 --site leeds'],
  })
    .option('--site <name>', 'the site where it stands')
    .action(
      withHub(
        cli,
        async ({ project }, options: HubOptions & { site?: string }, name: string, texts: string[]) => {
          if (texts.length === 0 && options.site === undefined)
            throw failure('BadUsage', 'say what to change');
          const { set, remove } = parseLabels(texts);
          const device = await change(project, { name, set, remove, site: options.site });
          const labels = Object.entries(device.metadata.labels ?? {}).map(
            ([key, value]) => `${key}=${value}`,
          );
          const text = `${device.metadata.name}: site ${device.spec.site ?? '-'}, labels ${labels.join(' ') || '-'}`;
          print(cli, options, device, () => [clean(text)]);
        },
      ),
    );
};

interface DeviceChange {
  readonly name: string;
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
  readonly site: string | undefined;
}

/** Only if nobody else changed the device meanwhile. */
async function change({ devices }: CommandContext['project'], { name, set, remove, site }: DeviceChange) {
  const { value, etag } = await devices.get(name);
  const labels = { ...value.metadata.labels, ...set };
  for (const key of remove) delete labels[key];
  const spec = { ...value.spec, ...(site !== undefined && { site }) };
  const object = { apiVersion: value.apiVersion, kind: value.kind, metadata: { name, labels }, spec };
  return (await devices.put(object, { ifMatch: etag })).value;
}

const addRemove: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'rm <name>',
    summary: 'remove a device and revoke its certificate: it must join anew to come back',
    examples: ['device rm camera1 --yes'],
  })
    .option('--yes', 'do not ask')
    .action(
      withHub(cli, async ({ project }, options: HubOptions & { yes?: boolean }, name: string) => {
        const { etag } = await project.devices.get(name);
        if (!options.yes) await confirm(cli, `Remove ${name} and revoke its certificate? [y/N] `);
        await project.devices.remove(name, { ifMatch: etag });
        print(cli, options, { removed: name }, () => [`Removed ${clean(name)}.`]);
      }),
    );
};
