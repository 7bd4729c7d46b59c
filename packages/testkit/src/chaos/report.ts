import type { ChaosOptions } from './options.ts';
import type { DeviceVerdict } from './settle.ts';
import type { Count } from './tally.ts';

export interface ChaosResult {
  readonly options: ChaosOptions;
  readonly leftOut: readonly string[];
  /** What was done and did not show, or did not come back, a sentence each. */
  readonly problems: readonly string[];
  readonly counts: readonly Count[];
  readonly devices: readonly DeviceVerdict[];
}

/** What is not as it has to be, a sentence each. */
export function faultsIn({ problems, counts, devices }: ChaosResult): string[] {
  return [
    ...problems,
    ...devices.flatMap(({ device, promised, lost, twice, notices, stuck }) => [
      ...(stuck === undefined ? [] : [`${device} has not delivered all: ${stuck}`]),
      ...Object.entries(notices)
        .filter(([why]) => !allowed.includes(why))
        .map(([why, count]) => `a notice of ${device} says that ${count} messages are gone: ${why}`),
      ...(promised === 0 ? [`${device} was promised nothing`] : []),
      ...(lost.length > 0 ? [`${lost.length} messages of ${device} are lost: ${some(lost)}`] : []),
      ...(twice.length > 0 ? [`${twice.length} messages of ${device} came twice: ${some(twice)}`] : []),
    ]),
    ...counts
      .filter(({ done, shown }) => shown < done)
      .map(({ kind, done, shown }) => `${kind}: ${done} done, only ${shown} seen to take effect`),
  ];
}

/** What a device may do with messages that it has promised: the quota and the time to live say so beforehand. */
const allowed = ['quota', 'expired'];

const some = (ids: readonly string[]) => ids.slice(0, 5).join(', ');

const titles = ['promised', 'held', 'lost', 'twice', 'dropped', 'noted', 'refused'];

/** Numbers that its notices cover, of messages promised or not. */
const noted = ({ notices }: DeviceVerdict) => Object.values(notices).reduce((sum, count) => sum + count, 0);

/** Lines for people. */
export function reportLines(result: ChaosResult): string[] {
  const { options, counts, devices, leftOut } = result;
  const sum = (of: (it: DeviceVerdict) => number) => devices.reduce((total, it) => total + of(it), 0);
  const row = (name: string, numbers: readonly number[]) =>
    [name.padEnd(24), ...numbers.map((it) => it.toLocaleString('en').padStart(10))].join('');
  const ledger = (it: DeviceVerdict) => [
    ...[it.promised, it.held, it.lost.length, it.twice.length, it.dropped.length, noted(it), it.refused],
  ];
  return [
    `seed ${options.seed}, ${options.for / 1000} s`,
    '',
    `${'what was done'.padEnd(24)}${'times'.padStart(10)}${'shown'.padStart(10)}  by`,
    ...counts.map(({ kind, done, shown, proof }) => `${row(kind, [done, shown])}  ${proof}`),
    ...leftOut.map((it) => `  ${it}`),
    '',
    `${'ledger'.padEnd(24)}${titles.map((it) => it.padStart(10)).join('')}`,
    ...devices.map((it) => row(it.device, ledger(it))),
    row('all', devices.length > 0 ? ledger(devices[0]!).map((_, at) => sum((it) => ledger(it)[at]!)) : []),
    '',
    ...faultsIn(result),
    faultsIn(result).length === 0 ? 'Nothing is lost, nothing came twice.' : 'FAILED',
  ];
}
