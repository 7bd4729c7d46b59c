import { defaultTtls, type StreamTtls, streamNames } from '@skerry/contracts';
import type { Clock, Disk, Logger } from '@skerry/kit';
import { openOutboxProducer, outboxShares } from '@skerry/kit/outbox';
import { decodeHeader, type SegmentHeader } from '../../../kit/src/outbox/segment.ts';
import { type Medium, simDisk } from './sim-disk.ts';
import { simProcess } from './sim-process.ts';
import { type Keeper, typeOf } from './sources.ts';
import type { World } from './world.ts';

const DAY = 86_400_000;
/** How long messages may wait. */
export const TTLS: StreamTtls = { ...defaultTtls, result: 30 * DAY, telemetry: 14 * DAY };

const OUTBOX = '/state/outbox';

export interface SimRuntimeOptions {
  readonly world: World;
  readonly name: string;
  readonly medium: Medium;
  readonly skew: () => number;
  /** Tells that a stream's folder goes on under another id. */
  readonly onRenamed: (from: string, to: string) => void;
  /** By folder: the ids that its stream had, the newest last; they outlive the process. */
  readonly streamIds: Map<string, string[]>;
  /** Bytes of the outbox. */
  readonly quota: number;
  readonly bootId: string;
  readonly logger: Logger;
  readonly onCrash: (error: unknown) => void;
  /** What a test puts in the place of the real disk. */
  readonly replaceDisk?: ((disk: Disk) => Disk) | undefined;
  readonly replaceSinceBoot?: ((clock: Clock) => number) | undefined;
  readonly replaceLimit?: ((limit: number) => number) | undefined;
}

export interface SimRuntime {
  /** Rejects where the process cannot start. */
  readonly keeper: Promise<Keeper>;
  kill(): void;
}

/** The part of a runtime that keeps what sources say: the real outbox, in a process of its own. */
export function startSimRuntime(options: SimRuntimeOptions): SimRuntime {
  const { world, name, medium, quota, bootId, streamIds, replaceSinceBoot } = options;
  const { replaceDisk = (disk) => disk, replaceLimit = (limit) => limit } = options;
  const process = simProcess(options);
  const { clock, random } = process;
  const bootedAt = world.elapsed;
  const sinceBoot = () => Math.round(replaceSinceBoot?.(clock) ?? world.elapsed - bootedAt);
  const disk = replaceDisk(notingStreamIds(simDisk(process, medium), options));
  const start = async (): Promise<Keeper> => {
    const producer = await openOutboxProducer({
      disk,
      clock,
      random,
      logger: process.logger,
      folder: `${OUTBOX}/runtime`,
      limit: replaceLimit(outboxShares(quota).runtime),
      streams: streamNames.map((stream) => ({ name: stream, ttlMs: TTLS[stream] })),
      time: { bootId, sinceBoot, hubTime: () => undefined },
    });
    return {
      async append(stream, event) {
        const local = await producer.append(stream, JSON.stringify(event));
        return { local, streamId: streamIds.get(`${OUTBOX}/runtime/${stream}`)?.at(-1) ?? '' };
      },
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

/** Notes, by folder, the id of the stream that segments are begun of. */
function notingStreamIds(
  disk: Disk,
  { streamIds, onRenamed }: Pick<SimRuntimeOptions, 'streamIds' | 'onRenamed'>,
): Disk {
  const note = (folder: string, { streamId, first }: SegmentHeader) => {
    const before = streamIds.get(folder) ?? [];
    const last = before.at(-1);
    if (last === streamId) return;
    streamIds.set(folder, [...before, streamId]);
    // A folder that is new begins at 1; an id of before comes back with an old image.
    if (last !== undefined && first > 1 && !before.includes(streamId)) onRenamed(last, streamId);
  };
  return {
    ...disk,
    async writeAtomic(path, bytes, options) {
      await disk.writeAtomic(path, bytes, options);
      const header = path.endsWith('.seg') && typeof bytes !== 'string' ? decodeHeader(bytes) : undefined;
      if (header) note(path.slice(0, path.lastIndexOf('/')), header);
    },
  };
}
