import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  type X509Certificate,
} from 'node:crypto';
import { type Issuer, signCertificate, type Usage } from '@skerry/kit/x509';

const HOUR = 3_600_000;

export interface TestLeaf {
  readonly commonName: string;
  readonly usage: Usage;
  readonly uri?: string;
  /** ms since the epoch; default: in an hour. */
  readonly notAfter?: number;
}

/** PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** For tests: an authority, and certificates below it. */
export async function testAuthority() {
  const key = newKey();
  const certificate = await signCertificate(
    { ...dates(Date.now() + HOUR), commonName: 'Test', publicKey: createPublicKey(key), pathLength: 0 },
    { selfKey: key },
  );
  const issuer: Issuer = { key, certificate };
  return {
    ca: certificate.toString(),
    issue: async ({ usage, notAfter = Date.now() + HOUR, ...names }: TestLeaf): Promise<TestCertificate> => {
      const leafKey = newKey();
      const content = { ...dates(notAfter), ...names, publicKey: createPublicKey(leafKey), usages: [usage] };
      const leaf: X509Certificate = await signCertificate({ ...content, hosts: ['127.0.0.1'] }, issuer);
      return { cert: leaf.toString(), key: pem(leafKey) };
    },
  };
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const dates = (notAfter: number) => ({
  serial: Buffer.concat([Buffer.of(0x40), randomBytes(15)]),
  notBefore: new Date(Date.now() - 24 * HOUR),
  notAfter: new Date(notAfter),
});
