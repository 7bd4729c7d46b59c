import type { X509Certificate } from 'node:crypto';
import type { DeviceAddress } from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import { deviceTargets } from '../fleet/read-model.ts';
import { hashOfKey } from './device-key.ts';
import { learnCertificate } from './store.ts';
import type { CertificateRow } from './tables.ts';

/** The record of a certificate that was given to the device. */
export const recordOf = ({ projectId, deviceId }: DeviceAddress, leaf: X509Certificate): CertificateRow => ({
  serial: leaf.serialNumber,
  project_id: projectId,
  device_id: deviceId,
  key_sha256: hashOfKey(leaf.publicKey),
  issued_at: leaf.validFromDate.toISOString(),
  expires_at: leaf.validToDate.toISOString(),
  revoked_at: null,
});

/**
 * Puts a good certificate of a device of the fleet on record that the hub does not know: it gave it after the backup
 * from which it was restored. From then on it counts, and is revoked with the others.
 */
export function learning({ db, record }: Pick<HubContext, 'db' | 'record'>) {
  return (device: DeviceAddress, leaf: X509Certificate): Promise<void> =>
    db.transaction().execute(async (trx) => {
      const { projectId, deviceId } = device;
      const serial = leaf.serialNumber;
      const isNew = await learnCertificate(trx, recordOf(device, leaf));
      const [found] = await deviceTargets(trx, projectId, [deviceId]);
      if (!isNew || !found) return;
      const message = `its certificate ${serial} was not on record, as after a restore of the hub; it is from now on`;
      const by = `device/${found.name}`;
      await record(trx, { projectId, deviceId, reason: 'CertificateLearnt', message, by, about: by });
    });
}
