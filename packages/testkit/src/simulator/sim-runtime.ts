import { defaultTtls, type StreamTtls } from '@skerry/contracts';
import type { Disk, Logger } from '@skerry/kit';
import { openOutbox } from '../../../runtime/src/outbox/outbox.ts';
import { type Medium, simDisk } from './sim-disk.ts';
import { simProcess } from './sim-process.ts';
import { type Keeper, typeOf } from './sources.ts';
import type { World } from './world.ts';

const DAY = 86_400_000;
/** How long messages may wait. */
export const TTLS: StreamTtls = { ...defaultTtls, result: 30 * DAY, telemetry: 14 * DAY };

export interface SimRuntimeOptions {
  readonly world: World;
  readonly name: string;
  readonly medium: Medium;
  readonly skew: () => number;
  /** Bytes of the outbox. */
  readonly quota: number;
  readonly bootId: string;
  readonly logger: Logger;
  /** What a test puts in the place of the real disk. */
  readonly replaceDisk?: (disk: Disk) => Disk;
}

export interface SimRuntime {
  /** Rejects where the process cannot start. */
  readonly keeper: Promise<Keeper>;
  kill(): void;
}

/** The part of a runtime that keeps what sources say: the real outbox, in a process of its own. */
export function startSimRuntime(options: SimRuntimeOptions): SimRuntime {
  const { world, name, medium, quota, bootId, replaceDisk = (disk) => disk } = options;
  const process = simProcess(options);
  const { clock, random } = process;
  const bootedAt = world.elapsed;
  const sinceBoot = () => Math.round(world.elapsed - bootedAt);
  const disk = replaceDisk(simDisk(process, medium));
  const start = async (): Promise<Keeper> => {
    const outbox = await openOutbox({
      disk,
      clock,
      random,
      logger: process.logger,
      boot: { bootId, nowMs: sinceBoot, timeKnown: false, hubTime: () => undefined, tell() {} },
      root: '/state/outbox',
      quota,
      ttls: TTLS,
    });
    return {
      append: (stream, event) => outbox.append(stream, event),
      eventOf: (stream, id, data) => ({
        specversion: '1.0',
        id,
        source: name.split(' ')[0] ?? name,
        type: typeOf(stream),
        time: new Date(clock.now()).toISOString(),
        datacontenttype: 'application/json',
        bootid: bootId,
        bootms: sinceBoot(),
        timeknown: false,
        data,
      }),
    };
  };
  return { keeper: start(), kill: process.kill };
}
