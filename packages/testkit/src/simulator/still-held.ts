import { basename, dirname } from 'node:path';
import { type StreamName, streamNames } from '@skerry/contracts';
import { firstOfName } from '../../../kit/src/outbox/segment.ts';
import { type SimDevice, STATE_FOLDER } from './sim-device.ts';

/** The lowest local number of each stream of its runtime that a device may still have on its disk. */
export function lowestOf({ medium }: Pick<SimDevice, 'medium'>): [StreamName, number][] {
  const paths = [...medium.disk.image().files.keys()];
  return streamNames.flatMap((stream): [StreamName, number][] => {
    const inFolder = (path: string) => dirname(path) === `${STATE_FOLDER}/outbox/runtime/${stream}`;
    const firsts = paths
      .filter(inFolder)
      .map((path) => firstOfName(basename(path)) ?? Number.POSITIVE_INFINITY);
    const lowest = Math.min(...firsts);
    return Number.isFinite(lowest) ? [[stream, lowest]] : [];
  });
}
