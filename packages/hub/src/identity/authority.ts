import { createPublicKey, type X509Certificate } from 'node:crypto';
import { type Clock, type Random, SkerryError } from '@skerry/kit';
import { type CertificateContent, type Issuer, signCertificate } from '@skerry/kit/x509';
import type { KeyFolder } from './key-folder.ts';

const DAY = 86_400_000;
const ROOT_LIFE = 20 * 365 * DAY;
/** Clocks of devices are a little behind now and then. */
const BACKDATED = 5 * 60_000;

export type CertificateWish = Omit<CertificateContent, 'serial' | 'notBefore' | 'notAfter'> & {
  /** Milliseconds from now. */
  readonly life: number;
};

/** The hub's trust: one root, which may be offline, and two issuing authorities below it. */
export interface Authority {
  readonly hubId: string;
  readonly root: X509Certificate;
  readonly hubIssuer: X509Certificate;
  readonly deviceIssuer: X509Certificate;
  /** For the hub's own servers and its signer. */
  issueForHub(wish: CertificateWish): Promise<X509Certificate>;
  issueForDevice(wish: CertificateWish): Promise<X509Certificate>;
}

export interface AuthorityOptions {
  readonly hubId: string;
  readonly keys: KeyFolder;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Opens the authorities in the key folder, made at the first start. The root's key is needed only while an
 * issuing authority is missing. Rejects with `StorageFailed` when it is needed and was taken away.
 */
export async function openAuthority({ hubId, keys, clock, random }: AuthorityOptions): Promise<Authority> {
  const fill = ({ life, ...wish }: CertificateWish): CertificateContent => ({
    ...wish,
    serial: serialNumber(random),
    notBefore: new Date(clock.now() - BACKDATED),
    notAfter: new Date(clock.now() + life),
  });

  const root = await keepRoot(keys, hubId, fill);
  const authorityBelow = (name: string, title: string, usages: CertificateContent['usages'] & {}) =>
    keepIssuer(keys, root, name, (publicKey) =>
      fill({
        commonName: `Skerry ${title} ${hubId}`,
        publicKey,
        pathLength: 0,
        usages,
        life: root.validToDate.getTime() - clock.now(),
      }),
    );
  const hub = await authorityBelow('hub-ca', 'hub', ['serverAuth', 'codeSigning']);
  const devices = await authorityBelow('devices-ca', 'devices', ['clientAuth']);

  return {
    hubId,
    root,
    hubIssuer: hub.certificate,
    deviceIssuer: devices.certificate,
    issueForHub: (wish) => signCertificate(fill(wish), hub),
    issueForDevice: (wish) => signCertificate(fill(wish), devices),
  };
}

type Fill = (wish: CertificateWish) => CertificateContent;

async function keepRoot(keys: KeyFolder, hubId: string, fill: Fill): Promise<X509Certificate> {
  const kept = await keys.readCertificate('root');
  if (kept) return kept;
  const key = await keys.keepKey('root');
  const content = fill({
    commonName: `Skerry root ${hubId}`,
    publicKey: createPublicKey(key),
    pathLength: 1,
    life: ROOT_LIFE,
  });
  const root = await signCertificate(content, { selfKey: key });
  await keys.writeCertificate('root', [root]);
  return root;
}

async function keepIssuer(
  keys: KeyFolder,
  root: X509Certificate,
  name: string,
  contentFor: (publicKey: CertificateContent['publicKey']) => CertificateContent,
): Promise<Issuer> {
  const kept = await keys.readCertificate(name);
  if (kept) return { certificate: kept, key: (await keys.readKey(name)) ?? missingKey(name) };
  const rootKey = (await keys.readKey('root')) ?? missingKey('root');
  const key = await keys.keepKey(name);
  const certificate = await signCertificate(contentFor(createPublicKey(key)), {
    certificate: root,
    key: rootKey,
  });
  await keys.writeCertificate(name, [certificate]);
  return { certificate, key };
}

/** RFC 5280 §4.1.2.2: positive, at most 20 bytes; 16 random ones are unique. */
export function serialNumber(random: Random): Uint8Array {
  const serial = random.bytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial;
}

function missingKey(name: string): never {
  throw new SkerryError({
    code: 'StorageFailed',
    detail: `the key ${name}.key is needed and is not in the keys folder`,
    next: 'Put the key back where it was, for as long as the hub takes to start.',
  });
}
