import type { CodeName, CommandAnswer } from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import { withoutNul } from '../db/nul.ts';
import type { Executor } from '../db/schema.ts';
import { deviceTargets } from '../fleet/read-model.ts';
import { nowText } from '../time.ts';
import { forgetOld, type Settlement, settleCommand } from './store.ts';
import type { CommandRow } from './tables.ts';

const reasons = {
  done: 'CommandDone',
  failed: 'CommandFailed',
  refused: 'CommandRefused',
  expired: 'CommandExpired',
  unknown: 'CommandUnknown',
} as const satisfies Record<CommandAnswer['outcome'], CodeName>;

type Settling = Pick<CommandRow, 'id' | 'device_id' | 'project_id' | 'kind' | 'args' | 'asked_by'>;

/** Settles commands, once each, and puts on record what came of them. Gives whether it was this call that did. */
export function settling({ db, clock, record }: HubContext) {
  const tell = async (trx: Executor, command: Settling, { state, by, message }: Settlement) => {
    if (goesOn(command)) return;
    const { project_id: projectId, device_id: deviceId } = command;
    const [device] = await deviceTargets(trx, projectId, [deviceId]);
    if (!device) return;
    const about = `device/${device.name}`;
    const what = `${command.kind}, which ${command.asked_by} asked for: ${message ?? state}`;
    await record(trx, {
      projectId,
      deviceId,
      severity: state === 'done' ? 'Normal' : 'Warning',
      reason: reasons[state],
      message: what,
      by: by === 'hub' ? 'hub' : about,
      about,
    });
  };

  return (command: Settling, outcome: Omit<Settlement, 'at'>): Promise<boolean> =>
    db.transaction().execute(async (trx) => {
      const settlement = { ...outcome, ...textsOf(outcome), at: nowText(clock) };
      if (!(await settleCommand(trx, command, settlement))) return false;
      await tell(trx, command, settlement);
      await forgetOld(trx, command.device_id, command.id);
      return true;
    });
}

const textsOf = ({ reason, message }: Omit<Settlement, 'at'>) => ({
  reason: reason && withoutNul(reason),
  message: message && withoutNul(message),
});

/** The next page of what was asked for before: on record once, as its first was. */
export const goesOn = ({ kind, args }: Pick<CommandRow, 'kind' | 'args'>): boolean =>
  kind === 'logs' && 'after' in JSON.parse(args);

/** What the hub settles by itself, if anything: the time is over, or nobody can know any more whether it was begun. */
export function hubSettles(
  command: CommandRow,
  now: { readonly ms: number; readonly epoch: number; readonly fork: number },
): Omit<Settlement, 'at'> | undefined {
  const isKnown = command.sent_fork === null || command.sent_fork === now.fork;
  if (command.epoch !== now.epoch)
    return unknown('the hub was restored from a backup since, and may have sent it before');
  if (!isKnown) return unknown('it was sent, and then the device was found to be restored or cloned');
  if (Date.parse(command.expires_at) > now.ms) return undefined;
  if (command.sent_at !== null) return unknown('it was sent, and no answer came in time');
  return {
    state: 'expired',
    by: 'hub',
    reason: 'CommandExpired',
    message: 'the device did not come for it in time',
  };
}

const unknown = (message: string) =>
  ({ state: 'unknown', by: 'hub', reason: 'CommandUnknown', message }) as const;
