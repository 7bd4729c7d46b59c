import { X509Certificate } from 'node:crypto';
import {
  type DeviceAddress,
  fingerprintOf,
  type IntroductionRequest,
  type IntroductionResponse,
  type Lifted,
} from '@skerry/contracts';
import type { HubContext } from '../../context.ts';
import type { Executor } from '../../db/schema.ts';
import { hubError } from '../../errors.ts';
import { isProject } from '../../projects/read-model.ts';
import { seldom } from '../../seldom.ts';
import { nowText } from '../../time.ts';
import type { Membership } from '../membership.ts';
import { deviceTargets } from '../read-model.ts';
import { whyOf } from './read-model.ts';
import * as store from './store.ts';
import type { WaitingDeviceRow } from './tables.ts';

/** Who asks: a certificate of this hub was verified, and it may have ended. */
export interface UnknownDevice {
  readonly projectId: string;
  readonly deviceId: string;
  /** The chain that it showed, DER, leaf first. */
  readonly shown: readonly Uint8Array[];
  /** Network address. */
  readonly address: string;
}

/** What adoption needs of identity, whose feature is another. */
export interface Certificates {
  identify(
    shown: readonly Uint8Array[],
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string; readonly unknown?: object }>;
  trust(db: Executor, device: DeviceAddress, certificate: string | null): Promise<void>;
}

export interface AdoptionOptions {
  readonly context: HubContext;
  readonly fleet: Pick<Membership, 'addDevice'>;
  readonly certificates: Certificates;
}

/** Devices that wait at a time, in all projects; who comes later is turned away. */
const MOST_WAITING = 10_000;
/** That claim to be one device; of more those that asked last. */
const MOST_CLAIMS = 4;
const SEEN_EVERY_MS = 60_000;
const ASK_EVERY_MS = 1_000;
/**
 * So that all that wait ask some twenty times a second together; and each ever more seldom, since a person may take days,
 * and a handshake costs what its network costs.
 */
const retryAfter = (waiting: number, waitedMs: number) =>
  Math.round(Math.min(600_000, Math.max(3_000, waiting * 50, waitedMs / 20)));

export type Adoption = ReturnType<typeof adoption>;

/** How devices come back that the hub has forgotten, since it was restored from a backup older than they are. */
export function adoption({ context, fleet, certificates }: AdoptionOptions) {
  const { db, clock, record } = context;
  const isNews = seldom(clock, SEEN_EVERY_MS);
  const mayAsk = seldom(clock, ASK_EVERY_MS);

  /** In the transaction that found none of that id. */
  const refuseStranger = async (trx: Executor, { deviceId, projectId }: UnknownDevice): Promise<void> => {
    if (await store.isRemoved(trx, deviceId))
      throw hubError(
        'CertificateRefused',
        'the certificate is refused: the device was removed from the fleet',
      );
    if (!(await isProject(trx, projectId)))
      throw hubError('CertificateRefused', 'the certificate is refused: the hub has no such project');
    if ((await store.countWaiting(trx)) >= MOST_WAITING)
      throw hubError('Unavailable', `${MOST_WAITING} devices wait to be let in already`);
  };

  const note = async (device: UnknownDevice, { name, inventory }: IntroductionRequest): Promise<void> => {
    const at = nowText(clock);
    const { deviceId: device_id, projectId: project_id, address } = device;
    const certificate = new X509Certificate(device.shown[0]!);
    const row = {
      device_id,
      project_id,
      name,
      inventory: JSON.stringify(inventory),
      serial: certificate.serialNumber,
      fingerprint: fingerprintOf(certificate.raw),
      certificate: certificate.toString(),
      address,
    };
    await db.transaction().execute(async (trx) => {
      const claims = await store.claimsOf(trx, device_id);
      if (claims.length === 0) await refuseStranger(trx, device);
      const own = claims.filter((claim) => isOfKey(claim, certificate));
      const others = claims.filter((claim) => !own.includes(claim));
      const gone = [...own, ...others.slice(MOST_CLAIMS - 1)].map(({ fingerprint }) => fingerprint);
      await store.deleteClaims(trx, device_id, gone);
      const [since = at] = own.map(({ first_seen_at }) => first_seen_at).sort();
      await store.putWaiting(trx, { ...row, first_seen_at: since, last_seen_at: at });
      if (own.length === 0) await tell(trx, device, name, others[0]);
    });
  };

  const tell = async (
    trx: Executor,
    { projectId, deviceId, address }: UnknownDevice,
    name: string,
    before: WaitingDeviceRow | undefined,
  ) => {
    const [member] = await deviceTargets(trx, projectId, [deviceId]);
    const why = member
      ? `shows a key of which this hub has no record, certified by an authority that is not the one in force: whoever has that authority’s key could have made it. If it is the device: skerry device admit ${deviceId}`
      : `has a certificate of this hub, which does not know it: skerry device admit ${deviceId}`;
    await record(trx, {
      projectId,
      deviceId,
      severity: 'Warning',
      reason: 'AwaitsAdmission',
      message: `${member?.name ?? name}, at ${address}, ${why}${before ? ` --fingerprint, since it has another key than the one that waits at ${before.address}: compare them in skerry device waiting` : ''}`,
      by: 'hub',
      about: `device/${member?.name ?? name}`,
    });
  };

  /** What it has from now on: a name in the fleet, its key on record, and a person's word for a certificate that has ended. */
  const admit = async (trx: Executor, row: WaitingDeviceRow, wish: string | undefined): Promise<string> => {
    const { device_id: id, project_id: projectId } = row;
    const [member] = await deviceTargets(trx, projectId, [id]);
    const name = wish === undefined ? { wish: row.name } : { fixed: wish };
    const device = { id, projectId, name, siteId: null, labels: {}, inventory: JSON.parse(row.inventory) };
    const known = member ?? (await fleet.addDevice(trx, device));
    await certificates.trust(trx, { projectId, deviceId: id }, row.certificate);
    await store.deleteWaiting(trx, id);
    return known.name;
  };

  return {
    /** A device asks how it stands. Rejects with `CertificateRefused` when it was removed. */
    async introduce(device: UnknownDevice, request: IntroductionRequest): Promise<IntroductionResponse> {
      const verdict = await certificates.identify(device.shown);
      if (verdict.ok) return { standing: 'member', retryAfterMs: 0 };
      if (!verdict.unknown)
        throw hubError('CertificateRefused', `the certificate is refused: ${verdict.why}`);
      const shown = fingerprintOf(device.shown[0]!);
      if (!mayAsk(shown)) throw hubError('TooManyRequests', 'this device asks too often how it stands');
      const claims = await store.claimsOf(db, device.deviceId);
      const waits = claims.find(({ fingerprint }) => fingerprint === shown);
      if (!waits || isNews(shown)) await note(device, request);
      const waitedMs = waits ? clock.now() - Date.parse(waits.first_seen_at) : 0;
      return { standing: 'waiting', retryAfterMs: retryAfter(await store.countWaiting(db), waitedMs) };
    },

    /** Takes it into the fleet under the id that its certificate has; it is served at its next try. */
    async adopt(trx: Executor, row: WaitingDeviceRow, wish: string | undefined): Promise<Adopted> {
      const name = await admit(trx, row, wish);
      const why = { reason: 'AwaitsAdmission', message: whyOf(row), since: row.first_seen_at };
      return { name, lifted: { ...why, done: 'it is in the fleet, with the certificate that it showed' } };
    },
  };
}

/** Two keys are two that claim to be the device. */
const isOfKey = ({ certificate }: WaitingDeviceRow, shown: X509Certificate) =>
  certificate === null || new X509Certificate(certificate).publicKey.equals(shown.publicKey);

export interface Adopted {
  readonly name: string;
  readonly lifted: Lifted;
}
