import {
  canonicalJson,
  type DesiredDocument,
  type DesiredStatement,
  desiredPayloadType,
  digestOf,
  signEnvelope,
} from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import type { HubCertificate } from '../identity/hub-certificate.ts';
import { installation } from '../installation/read-model.ts';
import { nowText } from '../time.ts';
import { type Desired, desiredFor } from '../twins/read-model.ts';

/** Desired states as devices fetch them: signed, and named by an ETag that changes with all that is signed but the time. */
export interface DesiredDocuments {
  /** Undefined when there is no such device. */
  etagOf(deviceId: string): Promise<string | undefined>;
  documentOf(deviceId: string): Promise<{ etag: string; document: DesiredDocument } | undefined>;
}

export function desiredDocuments({ db, clock }: HubContext, signer: HubCertificate): DesiredDocuments {
  const read = async (deviceId: string) => {
    const desired = await desiredFor(db, deviceId);
    if (!desired) return undefined;
    const statement = statementOf(await installation(db), deviceId, desired);
    return { desired, statement, etag: `"${digestOf(canonicalJson(statement))}"` };
  };

  return {
    etagOf: async (deviceId) => (await read(deviceId))?.etag,
    async documentOf(deviceId) {
      const found = await read(deviceId);
      if (!found) return undefined;
      const { desired, statement, etag } = found;
      const payload = Buffer.from(canonicalJson({ ...statement, issuedAt: nowText(clock) }));
      const envelope = signEnvelope(desiredPayloadType, payload, signer.key);
      return { etag, document: { envelope, chain: signer.chain().map(String), body: desired.body } };
    },
  };
}

function statementOf(
  { hubId, epoch }: { hubId: string; epoch: number },
  deviceId: string,
  { projectId, version, digest }: Desired,
): Omit<DesiredStatement, 'issuedAt'> {
  // No body so far has to be understood whole: a part that a device cannot do, it reports `Unsupported`.
  return { hubId, projectId, deviceId, epoch, version, body: digest, requires: [] };
}
