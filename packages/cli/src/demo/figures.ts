import type { DeviceResource, StreamSummary } from '@skerry/contracts';
import { modelsText, waitingOf } from '../devices/facts.ts';
import { deviceState } from '../devices/state.ts';
import { pipeline, type Role } from './cast.ts';
import type { SiteCounts } from './site-book.ts';

/** What the demo says of one device at its end. */
export interface DeviceFigures {
  readonly name: string;
  readonly site: string;
  readonly ready: boolean;
  /** `NAME:VERSION` of what serves. */
  readonly model: string;
  /** Frames that its camera was told are safe. */
  readonly frames: number;
  /** Share of the results at the hub that are right; null while there is none. */
  readonly accuracy: number | null;
  /** Of the pipeline, from decode to its last stage. */
  readonly p50_us: number | null;
  readonly p99_us: number | null;
  /** Frames kept for learning. */
  readonly captured: number;
  /** Frames whose result the hub holds. */
  readonly delivered: number;
  readonly waiting: number | null;
  readonly dropped: number;
  readonly duplicates: number;
  readonly lost: number;
}

export interface Known {
  readonly role: Role;
  readonly device: DeviceResource | undefined;
  readonly counts: SiteCounts;
  readonly streams: readonly StreamSummary[];
}

export function figuresOf({ role, device, counts, streams }: Known): DeviceFigures {
  const reported = device?.status.reported.pipelines?.[pipeline];
  const samples = streams.find(({ stream }) => stream === 'sample');
  const repeated = streams.map(({ delivered, distinct }) => delivered - distinct);
  const dropped = streams.flatMap((it) => it.dropped.map(({ first, last }) => last - first + 1));
  return {
    name: role.device,
    site: role.site,
    ready: device !== undefined && deviceState(device).kind === 'ready',
    model: device ? modelsText(device) : '-',
    frames: counts.promised,
    accuracy: counts.judged === 0 ? null : round(counts.correct / counts.judged, 4),
    p50_us: reported?.p50Us === undefined ? null : round(reported.p50Us, 1),
    p99_us: reported?.p99Us === undefined ? null : round(reported.p99Us, 1),
    captured: samples?.distinct ?? reported?.captured ?? 0,
    delivered: counts.held,
    waiting: (device && waitingOf(device)) ?? null,
    dropped: sum(dropped),
    duplicates: Math.max(counts.repeated, sum(repeated)),
    lost: counts.lost,
  };
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));
const sum = (values: readonly number[]) => values.reduce((total, it) => total + it, 0);
