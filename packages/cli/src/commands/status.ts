import type { DeploymentResource, DeviceResource, HubInfo } from '@skerry/contracts';
import { type AddCommand, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { byTrouble, deviceState, reasonText } from '../devices/state.ts';
import { clean, fit } from '../render/clean.ts';

export const statusCommand: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'status',
    summary: 'say how the hub, the devices and the deployments are, in a few lines',
    examples: ['status', 'status --json'],
  }).action(
    withHub(cli, async ({ hub, project, projectName, url }, options: HubOptions) => {
      const [info, who, devices, deployments, waiting] = await Promise.all([
        hub.info(),
        hub.whoAmI(),
        project.devices.list(),
        project.deployments.list(),
        project.devices.waiting(),
      ]);
      const counts = countKinds(devices);
      const result = {
        hub: { url, ...info },
        user: who,
        devices: { total: devices.length, ...counts, waiting: waiting.length },
        deployments: deployments.map(({ metadata, status }) => ({ name: metadata.name, ...status.devices })),
      };
      print(cli, options, result, () => [
        `Hub         ${url} (version ${clean(info.version)}), logged in as ${clean(who.name)} (${who.role})`,
        ...storageLines(info),
        `Project     ${clean(projectName)}`,
        `Devices     ${devices.length}: ${devicesText(counts)}`,
        ...waitingLine(waiting.length),
        ...deployments.map(deploymentLine),
        ...troubles(devices, cli.stdout.width),
      ]);
    }),
  );
};

/** Devices are well meanwhile, and only get fuller. */
const storageLines = ({ takesMessages }: HubInfo) =>
  takesMessages === false
    ? [
        '✗ Messages  none are taken: the hub’s disk has less free than --disk-reserve',
        '            wants; devices keep what they have. Next: free space there.',
      ]
    : [];

function countKinds(devices: readonly DeviceResource[]) {
  const counts = { ready: 0, notRecording: 0, refused: 0, updating: 0, notReady: 0, offline: 0 };
  for (const device of devices) counts[deviceState(device).kind]++;
  return counts;
}

function devicesText(counts: ReturnType<typeof countKinds>): string {
  const { ready, notRecording, refused, updating, notReady, offline } = counts;
  const parts = [`${ready + notRecording + refused} ready`];
  if (notRecording > 0) parts.push(`${notRecording} of them not recording`);
  if (refused > 0) parts.push(`${refused} of them not up to date`);
  if (updating > 0) parts.push(`${updating} updating`);
  if (notReady > 0) parts.push(`${notReady} not ready`);
  if (offline > 0) parts.push(`${offline} offline`);
  return parts.join(', ');
}

function deploymentLine({ metadata, status }: DeploymentResource): string {
  const { selected, upToDate, ready } = status.devices;
  return `Deployment  ${clean(metadata.name)}: ${selected} selected, ${upToDate} up to date, ${ready} ready`;
}

const waitingLine = (count: number) =>
  count > 0 ? [`Waiting     ${count} for a word of yours: \`skerry device waiting\``] : [];

const shownTroubles = 5;

function troubles(devices: readonly DeviceResource[], width: number): string[] {
  const bad = devices.filter((it) => !['ready', 'updating'].includes(deviceState(it).kind)).sort(byTrouble);
  const lines = bad.slice(0, shownTroubles).map((device) => {
    const state = deviceState(device);
    return fit(
      `${state.sign} ${clean(device.metadata.name)} ${state.word} ${clean(reasonText(state))}`,
      width,
    );
  });
  return bad.length > 0 ? [...lines, 'Next: `skerry devices`'] : [];
}
