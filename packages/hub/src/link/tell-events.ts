import type { DeviceEventData } from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import { withoutNul } from '../db/nul.ts';
import type { Executor } from '../db/schema.ts';
import { deviceTargets } from '../fleet/read-model.ts';
import type { DropNoticeRow } from '../telemetry/tables.ts';
import type { StreamId } from './store.ts';

/** Puts what a device tells of itself among the events of its project, in the transaction that persists it. */
export function tellEvents({ record }: HubContext) {
  return async (db: Executor, { projectId, deviceId }: StreamId, told: DeviceEventData): Promise<void> => {
    const [device] = await deviceTargets(db, projectId, [deviceId]);
    if (!device) return;
    const { severity } = told;
    const reason = withoutNul(told.reason);
    const message = withoutNul(told.about === undefined ? told.message : `${told.about}: ${told.message}`);
    const by = `device/${device.name}`;
    await record(db, { projectId, deviceId, severity, reason, message, by, about: by });
  };
}

/** What people are told of drop notices of one stream that are new; undefined when there is none. */
export function dropsOf(notices: readonly DropNoticeRow[]): DeviceEventData | undefined {
  const [first] = notices;
  if (!first) return undefined;
  const stream = `${first.producer}/${first.stream}`;
  const others = notices.filter(({ reason }) => !restored.has(reason));
  const sentences = notices.filter(({ reason }) => restored.has(reason)).map((it) => lostWithHub(stream, it));
  const message = [...(others.length > 0 ? [neverSent(stream, others)] : []), ...sentences].join('; ');
  return { severity: 'Warning', reason: 'Dropped', message: message.slice(0, 1024) };
}

const restored: ReadonlySet<string> = new Set(['hub-restored', 'epoch-lost']);

function neverSent(stream: string, notices: readonly DropNoticeRow[]): string {
  const count = notices.reduce((sum, notice) => sum + notice.count, 0);
  const reasons = [...new Set(notices.map(({ reason }) => reason))].join(', ');
  return `${count} of ${stream} will never come: ${reasons}`;
}

function lostWithHub(
  stream: string,
  { reason, first_number, last_number, epoch, count }: DropNoticeRow,
): string {
  const what =
    reason === 'epoch-lost'
      ? `what ${stream} delivered from number ${first_number} of epoch ${epoch} on is gone`
      : `${count} of ${stream} that were delivered are gone, numbers ${first_number} to ${last_number} of epoch ${epoch}`;
  return `${what}: the hub was restored from a backup that is older`;
}
