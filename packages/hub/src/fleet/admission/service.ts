import type { Admission, AdmissionRequest, Lifted } from '@skerry/contracts';
import type { Write } from '../../api/objects.ts';
import type { HubContext } from '../../context.ts';
import type { Executor } from '../../db/schema.ts';
import { hubError } from '../../errors.ts';
import type { Adoption } from '../adoption/service.ts';
import { findWaiting, waitingUnderName } from '../adoption/store.ts';
import type { WaitingDeviceRow } from '../adoption/tables.ts';
import { type DeviceName, deviceTargets, findDeviceNamed, noSuchDevice } from '../read-model.ts';

/** Takes away what keeps a device out, if that does, in the caller's transaction. */
type Lift = (trx: Executor, deviceId: string) => Promise<Lifted | undefined>;

export interface AdmissionOptions {
  readonly context: Pick<HubContext, 'db' | 'record'>;
  readonly adopting: Pick<Adoption, 'adopt'>;
  readonly standing: { readonly readmit: Lift };
  readonly continuity: { readonly admit: Lift };
}

export type AdmissionService = ReturnType<typeof admissionService>;

/**
 * A person's word that a device may come in, whatever kept it out. A certificate that is not on the hub's record is
 * let in by its device's id, or by the name that it claims if nobody else has it; never by the name of a member, so
 * that nobody takes a strange key in with a word about something else.
 */
export function admissionService({ context, adopting, standing, continuity }: AdmissionOptions) {
  const { db, record } = context;

  const lift = async (trx: Executor, { member, waiting }: Found, wish: string | undefined) => {
    const adopted = waiting && (await adopting.adopt(trx, waiting, wish));
    const id = waiting?.device_id ?? member!.id;
    const all = [adopted?.lifted, await standing.readmit(trx, id), await continuity.admit(trx, id)];
    const lifted = all.filter((one) => one !== undefined);
    return { id, name: adopted?.name ?? member!.name, lifted };
  };

  return {
    /** Rejects with `NotFound`, `AwaitsAdmission` where only a key waits that is not the member's, or `Conflict`. */
    admit: (
      device: string,
      { name: wish }: AdmissionRequest,
      { projectId, by }: Pick<Write, 'projectId' | 'by'>,
    ): Promise<Admission> =>
      db.transaction().execute(async (trx) => {
        const found = await findDevice(trx, projectId, device);
        if (wish !== undefined && (found.member || !found.waiting))
          throw hubError('Conflict', `${device} is in the fleet: it has a name`);
        const done = await lift(trx, found, wish);
        if (done.lifted.length === 0) await refuseStrangeKey(trx, done.id);
        else {
          const about = `device/${done.name}`;
          const event = { projectId, deviceId: done.id, reason: 'Admitted', by, about } as const;
          await record(trx, { ...event, message: `let in by ${by}: ${done.lifted.map(textOf).join('; ')}` });
        }
        return done;
      }),
  };
}

const textOf = ({ reason, message, done }: Lifted) => `${reason} (${message}): ${done}`;

/** Who is meant: a member, one that waits, or a member of which a key waits. */
interface Found {
  readonly member?: DeviceName | undefined;
  readonly waiting?: WaitingDeviceRow | undefined;
}

async function findDevice(trx: Executor, projectId: string, device: string): Promise<Found> {
  const byId = await findWaiting(trx, device);
  const [memberById] = await deviceTargets(trx, projectId, [device]);
  if (byId?.project_id === projectId) return { member: memberById, waiting: byId };
  const member = memberById ?? (await findDeviceNamed(trx, projectId, device));
  return member ? { member } : { waiting: await strangerNamed(trx, projectId, device) };
}

/** Names are what strangers say: one that two claim is nobody's. */
async function strangerNamed(trx: Executor, projectId: string, name: string): Promise<WaitingDeviceRow> {
  const [stranger, ...others] = await waitingUnderName(trx, projectId, name);
  if (!stranger) return noSuchDevice(trx, projectId, name);
  if (others.length === 0) return stranger;
  throw hubError('Conflict', `${others.length + 1} devices wait that say they are “${name}”`, {
    next: 'Compare their certificates in `skerry device waiting`, and admit the one that is yours by its id.',
  });
}

async function refuseStrangeKey(trx: Executor, deviceId: string): Promise<void> {
  const waiting = await findWaiting(trx, deviceId);
  if (!waiting) return;
  const { address, fingerprint } = waiting;
  throw hubError(
    'AwaitsAdmission',
    `nothing keeps the device out, but a key that this hub has no record of waits under its id, at ${address}: ${fingerprint}`,
    { next: `If that is the device: \`skerry device admit ${deviceId}\`.` },
  );
}
