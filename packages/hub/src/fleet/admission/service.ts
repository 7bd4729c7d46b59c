import type { Admission, AdmissionRequest, Lifted } from '@skerry/contracts';
import type { Write } from '../../api/objects.ts';
import type { HubContext } from '../../context.ts';
import type { Executor } from '../../db/schema.ts';
import { hubError } from '../../errors.ts';
import type { Adoption } from '../adoption/service.ts';
import { claimsOf, waitingUnderName } from '../adoption/store.ts';
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
 * that nobody takes a strange key in with a word about something else. Where several claim to be one device, only by
 * the fingerprint as well: who came after a person had looked is not let in by the word about another.
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
      { name: wish, fingerprint }: AdmissionRequest,
      { projectId, by }: Pick<Write, 'projectId' | 'by'>,
    ): Promise<Admission> =>
      db.transaction().execute(async (trx) => {
        const found = await findDevice(trx, projectId, device, fingerprint);
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

async function findDevice(
  trx: Executor,
  projectId: string,
  device: string,
  fingerprint: string | undefined,
): Promise<Found> {
  const byId = await claimsOf(trx, device);
  const [memberById] = await deviceTargets(trx, projectId, [device]);
  if (byId[0]?.project_id === projectId)
    return { member: memberById, waiting: claimant(byId, device, fingerprint) };
  const member = memberById ?? (await findDeviceNamed(trx, projectId, device));
  if (!member) return { waiting: await strangerNamed(trx, projectId, device, fingerprint) };
  if (fingerprint !== undefined)
    throw hubError('Conflict', `nobody waits as ${device} whose certificate has another key`, {
      next: 'Leave the fingerprint out, or see who waits: `skerry device waiting`.',
    });
  return { member };
}

/** Names are what strangers say: one that two claim is nobody's. */
async function strangerNamed(
  trx: Executor,
  projectId: string,
  name: string,
  fingerprint: string | undefined,
): Promise<WaitingDeviceRow> {
  const claims = await waitingUnderName(trx, projectId, name);
  if (claims.length === 0) return noSuchDevice(trx, projectId, name);
  return claimant(claims, name, fingerprint);
}

/** The one that is meant of those that claim to be it. */
function claimant(
  claims: readonly WaitingDeviceRow[],
  device: string,
  fingerprint: string | undefined,
): WaitingDeviceRow {
  const meant = claims.filter((claim) => fingerprint === undefined || claim.fingerprint === fingerprint);
  if (meant.length === 1) return meant[0]!;
  const who =
    meant.length === 0
      ? `nobody who waits as ${device} shows ${fingerprint}`
      : `${meant.length} devices wait that say they are “${device}”`;
  throw hubError('Conflict', who, {
    next: 'Compare their certificates in `skerry device waiting`, and admit the one that is yours by its id and `--fingerprint`.',
  });
}

async function refuseStrangeKey(trx: Executor, deviceId: string): Promise<void> {
  const [waiting] = await claimsOf(trx, deviceId);
  if (!waiting) return;
  const { address, fingerprint } = waiting;
  throw hubError(
    'AwaitsAdmission',
    `nothing keeps the device out, but a key that this hub has no record of waits under its id, at ${address}: ${fingerprint}`,
    {
      next: `If that is the device: \`skerry device admit ${deviceId} --fingerprint ${fingerprint}\`.`,
    },
  );
}
