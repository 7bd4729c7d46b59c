import { X509Certificate } from 'node:crypto';
import {
  type DeviceAddress,
  type Identity,
  identityUri,
  judgeChain,
  knownChains,
  type ReadChain,
} from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { timeText } from '../time.ts';
import type { Authority, DeviceAuthority } from './authority.ts';
import { type DeviceKey, hashOfKey } from './device-key.ts';
import { learning, recordOf } from './learn-certificate.ts';
import { announceRevocation } from './standing/follow.ts';
import { isDeviceRevoked } from './standing/read-model.ts';
import { putStanding } from './standing/store.ts';
import {
  findCertificate,
  insertCertificate,
  isKeyOfDevice,
  lastCertificateEnd,
  learnCertificate,
  revokeCertificates,
} from './store.ts';

/** A device whose certificate was verified. */
export interface VerifiedDevice extends DeviceAddress {
  readonly serial: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The certificate has ended: good for nothing but to prove the key in a renewal. */
  readonly expired: boolean;
}

export type DeviceVerdict =
  | { readonly ok: true; readonly device: VerifiedDevice }
  | {
      readonly ok: false;
      readonly why: string;
      /** The certificate is of this installation, and a person has to say whether it is let in. */
      readonly unknown?: VerifiedDevice;
    };

export interface DeviceCertificates {
  /** A certificate for the key; the chain as PEM: device, its issuer, root. */
  issue(device: DeviceAddress, key: DeviceKey): Promise<string[]>;
  /** Who shows this chain (DER, leaf first; empty when none was shown). Never throws for what it is shown. */
  identify(shown: readonly Uint8Array[]): Promise<DeviceVerdict>;
  /** Until when the device holds a certificate, milliseconds since the epoch; 0 when it holds none. */
  validUntil(deviceId: string): Promise<number>;
  /** A person's word for a certificate (PEM): it is on record from the commit on, and renewed if it has ended. */
  trust(db: Executor, device: DeviceAddress, certificate: string | null): Promise<void>;
  /** Refuses every certificate that the device has, from the commit on. Live connections are to be cut after it. */
  revoke(db: Executor, deviceId: string): Promise<void>;
}

export interface DeviceCertificateOptions {
  readonly context: HubContext;
  readonly authority: Authority;
  /** Life of a certificate, milliseconds. */
  readonly life: number;
  /** Whether the fleet has the device: a deleted one is nobody. */
  readonly hasDevice: (device: DeviceAddress) => Promise<boolean>;
}

export function deviceCertificates(options: DeviceCertificateOptions): DeviceCertificates {
  const { context, authority, life, hasDevice } = options;
  const { db, clock } = context;
  const announce = announceRevocation(context);
  const learn = learning(context);
  const readKnown = knownChains(KNOWN_CHAINS);

  /** Of a device whose record was lost with a restore of the hub, an earlier certificate tells what key it has. */
  const isOwnKey = async (
    { deviceId }: DeviceAddress,
    leaf: X509Certificate,
    onRecord?: { key_sha256: string },
  ) => {
    const sha256 = hashOfKey(leaf.publicKey);
    return onRecord ? onRecord.key_sha256 === sha256 : isKeyOfDevice(db, deviceId, sha256);
  };

  return {
    async issue(device, { key, sha256 }) {
      const uri = identityUri({ kind: 'device', hubId: authority.hubId, ...device });
      const chain = await authority.issueForDevice({
        commonName: device.deviceId,
        publicKey: key,
        usages: ['clientAuth'],
        uri,
        life,
      });
      const [leaf] = chain;
      await insertCertificate(db, {
        serial: leaf.serialNumber,
        project_id: device.projectId,
        device_id: device.deviceId,
        key_sha256: sha256,
        issued_at: timeText(clock.now()),
        expires_at: leaf.validToDate.toISOString(),
        revoked_at: null,
      });
      return chain.map(String);
    },

    async identify([leafDer, issuerDer]) {
      const leaf = leafDer && readCertificate(leafDer);
      if (!leaf) return { ok: false, why: 'no certificate that can be read was shown' };
      const onRecord = await findCertificate(db, leaf.serialNumber);
      const isRevoked = onRecord !== undefined && onRecord.revoked_at !== null;
      const under = authorityOf(authority, leaf, issuerDer);
      const chain = readKnown([leaf.raw, under.issuer.raw], under.root.raw);
      const verdict = judge(chain, authority.hubId, clock.now(), isRevoked);
      if (!verdict.ok) return verdict;
      const { device } = verdict;
      if (await isDeviceRevoked(db, device.deviceId)) return { ok: false, why: 'the device is revoked' };
      if (!(await hasDevice(device)))
        return { ok: false, why: 'the hub has no such device', unknown: device };
      const isInForce = under.issuer === authority.deviceIssuer;
      if (!isInForce && !(await isOwnKey(device, leaf, onRecord))) return { ...unrecorded, unknown: device };
      if (!onRecord && !device.expired) await learn(device, leaf);
      return verdict;
    },

    async validUntil(deviceId) {
      const end = await lastCertificateEnd(db, deviceId);
      return end === undefined ? 0 : Date.parse(end);
    },

    async trust(executor, device, certificate) {
      if (certificate !== null)
        await learnCertificate(executor, recordOf(device, new X509Certificate(certificate)));
      const readmitted_at = timeText(clock.now());
      await putStanding(executor, device.deviceId, { asked_at: null, answer: null, readmitted_at });
    },

    async revoke(executor, deviceId) {
      await revokeCertificates(executor, deviceId, timeText(clock.now()));
      await announce(executor, deviceId);
    },
  };
}

/** Of the devices that were heard of last. */
const KNOWN_CHAINS = 1_000;

const unrecorded = {
  ok: false,
  why: 'its authority is not the one in force, and this hub has no record of the key',
} as const;

/**
 * The authority that the certificate names as its issuer; or the one that came with it, if one of our roots signed that:
 * a hub that was restored has forgotten what was put in force since. Where it is neither, the one in force. Who stole the
 * key of one that is not in force makes nothing with it that this hub lets in without a person's word.
 */
function authorityOf(
  { deviceIssuer, root, roots, formerDeviceAuthorities }: Authority,
  leaf: X509Certificate,
  shown: Uint8Array | undefined,
): DeviceAuthority {
  const inForce: DeviceAuthority = { issuer: deviceIssuer, root };
  const known = [inForce, ...formerDeviceAuthorities].find(({ issuer }) => leaf.checkIssued(issuer));
  if (known) return known;
  const issuer = shown && readCertificate(shown);
  const itsRoot = issuer && roots.find((one) => issuer.checkIssued(one));
  return itsRoot ? { issuer, root: itsRoot } : inForce;
}

/** An ended certificate is judged as at its last moment, and marked. */
function judge(chain: ReadChain, hubId: string, now: number, revoked: boolean): DeviceVerdict {
  const expiresAt = 'why' in chain ? now : chain.validity[0].to;
  const moment = Math.min(now, expiresAt);
  const expected = { now: moment, kind: 'device', hubId, isOurs: true, isRevoked: () => revoked } as const;
  const verdict = judgeChain(chain, expected);
  if (!verdict.ok) return verdict;
  const { projectId, deviceId } = verdict.identity as Extract<Identity, { kind: 'device' }>;
  const serial = verdict.leaf.serialNumber;
  const device = { projectId, deviceId, serial, expiresAt, expired: now > expiresAt };
  return { ok: true, device };
}

function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}
