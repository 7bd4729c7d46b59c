import type { DeviceResource } from '@skerry/contracts';
import { clean } from '../render/clean.ts';
import { type Paint, plain } from '../render/colour.ts';
import { age, count } from '../render/format.ts';
import { type Column, table } from '../render/table.ts';
import { appliedText, modelsText, silenceOf, waitingOf } from './facts.ts';
import { byTrouble, deviceState, reasonText } from './state.ts';

export interface ListView {
  readonly width: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly paint?: Paint;
  /** Lists those that are well too. A small fleet is always shown whole. */
  readonly all: boolean;
  /** Where the list is from, for the first line. */
  readonly hub: string;
  readonly project: string;
}

/** A fleet up to this size is listed whole. */
const smallFleet = 20;

/** Lines of `skerry devices`: trouble first. */
export function deviceList(devices: readonly DeviceResource[], view: ListView): string[] {
  const sorted = [...devices].sort(byTrouble);
  const isWell = (device: DeviceResource) => deviceState(device).kind === 'ready';
  const whole = view.all || devices.length <= smallFleet;
  const shown = whole ? sorted : sorted.filter((device) => !isWell(device));
  const { paint = plain } = view;
  return [
    summary(devices, view),
    ...(shown.length > 0 ? table(shown, columns(view.now), { width: view.width, paint }) : []),
    ...(whole ? [] : [well(sorted.length - shown.length, paint)]),
  ];
}

function summary(devices: readonly DeviceResource[], { hub, project }: ListView): string {
  const kinds = devices.map((device) => deviceState(device).kind);
  const counted = (wanted: string[], word: string) => {
    const number = kinds.filter((kind) => wanted.includes(kind)).length;
    return number > 0 || word === 'ready' ? [`${count(number)} ${word}`] : [];
  };
  const parts = [
    ...counted(['ready', 'refused', 'notRecording'], 'ready'),
    ...counted(['updating'], 'updating'),
    ...counted(['notReady'], 'not ready'),
    ...counted(['offline'], 'offline'),
  ];
  const noun = devices.length === 1 ? 'device' : 'devices';
  return `${count(devices.length)} ${noun}: ${parts.join(', ')} · ${clean(hub)} · project ${clean(project)}`;
}

const well = (number: number, paint: Paint) =>
  `${paint('green', '✓')} ${count(number)} more are ready (\`--all\` lists them; \`-l region=north\` and \`--reason CrashLoop\` select)`;

/** Where lines are short, SEEN goes first, then WAITING, SITE, APPLIED, MODELS; sign, name, status and reason stay. */
function columns(now: number): Column<DeviceResource>[] {
  const shade = (device: DeviceResource) => deviceState(device).shade;
  return [
    { title: '  NAME', text: (it) => `${deviceState(it).sign} ${it.metadata.name}`, shade },
    { title: 'SITE', text: (it) => it.spec.site ?? '-', drop: 3 },
    { title: 'STATUS', text: (it) => deviceState(it).word, shade },
    { title: 'APPLIED', text: appliedText, drop: 4 },
    { title: 'MODELS', text: modelsText, drop: 5 },
    { title: 'SEEN', text: (it) => seenText(it, now), drop: 1 },
    { title: 'WAITING', text: waitingText, align: 'right', drop: 2 },
    { title: 'REASON', text: (it) => reasonText(deviceState(it)), stretches: true },
  ];
}

function waitingText(device: DeviceResource): string {
  const waiting = waitingOf(device);
  return waiting === undefined ? '?' : count(waiting);
}

function seenText(device: DeviceResource, now: number): string {
  const silence = silenceOf(device, now);
  return silence === undefined ? 'never' : age(silence);
}
