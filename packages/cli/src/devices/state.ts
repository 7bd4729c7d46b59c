import type { Condition, DeviceResource } from '@skerry/contracts';
import type { Shade } from '../render/colour.ts';

/** What a person has to know of a device first: a word and a sign, and why where it is not simply ready. */
export interface DeviceState {
  readonly kind: 'notReady' | 'notRecording' | 'refused' | 'offline' | 'updating' | 'ready';
  readonly sign: '✗' | '!' | '↻' | '✓';
  readonly word: 'NotReady' | 'Ready' | 'Offline' | 'Updating';
  readonly shade: Shade;
  /** A code of the catalogue, absent where all is well. */
  readonly reason?: string;
  readonly message?: string;
}

/** Reasons of a change that is on its way, as opposed to one that failed. */
const underWay = new Set([
  'Applying',
  'Waiting',
  'Pulling',
  'Accepting',
  'Loading',
  'Starting',
  'ModelsNotReady',
]);

const looks = {
  notReady: { sign: '✗', word: 'NotReady', shade: 'red' },
  notRecording: { sign: '!', word: 'Ready', shade: 'yellow' },
  refused: { sign: '!', word: 'Ready', shade: 'yellow' },
  offline: { sign: '!', word: 'Offline', shade: 'yellow' },
  updating: { sign: '↻', word: 'Updating', shade: 'blue' },
  ready: { sign: '✓', word: 'Ready', shade: 'green' },
} as const;

/** Worst first. */
export const kindsByTrouble = Object.keys(looks) as DeviceState['kind'][];

export function deviceState({ status }: DeviceResource): DeviceState {
  const { Connected, Certified, Ready, Recording, UpToDate, Unique } = status.conditions;
  const outside = [Certified, Unique].find((it) => it?.status === 'False');
  if (!status.connected) return state('offline', outside ?? Connected);
  if (!Ready || Ready.status === 'Unknown') return state('updating', Ready ?? Connected);
  const changing = UpToDate?.status === 'False' && underWay.has(UpToDate.reason);
  if (Ready.status === 'False') {
    const starting = underWay.has(Ready.reason) && (changing || UpToDate === undefined);
    return starting ? state('updating', UpToDate ?? Ready) : state('notReady', Ready);
  }
  if (Recording?.status === 'False') return state('notRecording', Recording);
  if (changing) return state('updating', UpToDate);
  const wrong = [UpToDate, Unique].find((it) => it?.status === 'False');
  return wrong ? state('refused', wrong) : state('ready', undefined);
}

function state(kind: DeviceState['kind'], why: Condition | undefined): DeviceState {
  return { kind, ...looks[kind], ...(why && { reason: why.reason, message: why.message }) };
}

export function byTrouble(a: DeviceResource, b: DeviceResource): number {
  const rank = (device: DeviceResource) => kindsByTrouble.indexOf(deviceState(device).kind);
  return rank(a) - rank(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

/** `AcceptanceFailed: digits:4, case 3 of 12`, or nothing. */
export function reasonText({ reason, message }: DeviceState): string {
  return [reason, message].filter(Boolean).join(': ');
}
