import { createPublicKey, type X509Certificate } from 'node:crypto';
import type { Clock, Random } from '@skerry/kit';
import { type CertificateContent, type Issuer, signCertificate } from '@skerry/kit/x509';
import { hubError } from '../errors.ts';
import type { KeyFolder } from './key-folder.ts';

const DAY = 86_400_000;
const ROOT_LIFE = 20 * 365 * DAY;
/** Clocks of devices are a little behind now and then. */
const BACKDATED = 5 * 60_000;

export type CertificateWish = Omit<CertificateContent, 'serial' | 'notBefore' | 'notAfter'> & {
  /** Milliseconds from now. */
  readonly life: number;
};

export interface AuthorityOptions {
  readonly hubId: string;
  readonly keys: KeyFolder;
  readonly clock: Clock;
  readonly random: Random;
}

/** What each issuing authority may certify. */
const usagesOf = { hub: ['serverAuth', 'codeSigning'], devices: ['clientAuth'] } as const;
export type IssuerKind = keyof typeof usagesOf;

export type AuthorityMaker = ReturnType<typeof authorityMaker>;

/** Makes the hub's authorities, each under a name of the key folder. A key that is there is used, a certificate replaced. */
export function authorityMaker({ hubId, keys, clock, random }: AuthorityOptions) {
  const fill = ({ life, ...wish }: CertificateWish): CertificateContent => ({
    ...wish,
    serial: serialNumber(random),
    notBefore: new Date(clock.now() - BACKDATED),
    notAfter: new Date(clock.now() + life),
  });

  return {
    fill,

    async makeRoot(name: string): Promise<X509Certificate> {
      const key = await keys.keepKey(name);
      const publicKey = createPublicKey(key);
      const wish = { commonName: `Skerry root ${hubId}`, publicKey, pathLength: 1, life: ROOT_LIFE };
      const root = await signCertificate(fill(wish), { selfKey: key });
      await keys.writeCertificate(name, [root]);
      return root;
    },

    async makeIssuer(kind: IssuerKind, name: string, root: Issuer): Promise<Issuer> {
      const key = await keys.keepKey(name);
      const content = fill({
        commonName: `Skerry ${kind} ${hubId}`,
        publicKey: createPublicKey(key),
        pathLength: 0,
        usages: usagesOf[kind],
        life: root.certificate.validToDate.getTime() - clock.now(),
      });
      const certificate = await signCertificate(content, root);
      await keys.writeCertificate(name, [certificate]);
      return { certificate, key };
    },

    /** The root of that name with its key, which may be kept elsewhere. Rejects with `StorageFailed` when it is. */
    async openRoot(name: string): Promise<Issuer> {
      const [certificate, key] = [await keys.readCertificate(name), await keys.readKey(name)];
      return { certificate: certificate ?? missing(`${name}.crt`), key: key ?? missing(`${name}.key`) };
    },
  };
}

/** RFC 5280 §4.1.2.2: positive, at most 20 bytes; 16 random ones are unique. */
export function serialNumber(random: Random): Uint8Array {
  const serial = random.bytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial;
}

export function missing(file: string): never {
  throw hubError('StorageFailed', `${file} is needed and is not in the keys folder`, {
    next: 'Put it back where it was, for as long as this takes.',
  });
}
