import 'reflect-metadata';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { fingerprintOf, type Identity, identityUri } from '@skerry/contracts';

/** A certificate and its key, PEM. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

export interface LeafWish {
  readonly identity: Identity;
  /** Default: a key of its own. */
  readonly publicKey?: KeyObject;
  readonly notBefore?: number;
  readonly notAfter?: number;
}

/** A hub's authorities, for tests: root, and an issuing one below it for each kind of leaf. */
export interface TestAuthority {
  readonly root: string;
  /** PKCS #8 PEM. */
  readonly rootKey: string;
  readonly fingerprint: string;
  /** PEM: leaf, its issuer. */
  issue(wish: LeafWish): Promise<{ chain: string[]; key: string }>;
}

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' };
const usages = { device: '1.3.6.1.5.5.7.3.2', hub: '1.3.6.1.5.5.7.3.1', signer: '1.3.6.1.5.5.7.3.3' };
const hour = 3_600_000;
const decade = 87_600 * hour;

interface Key {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
const newKey = (): Key => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const pkcs8 = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

export async function testAuthority(): Promise<TestAuthority> {
  const rootKey = newKey();
  const root = await sign({ name: 'root', publicKey: rootKey.publicKey, pathLength: 1 }, 'root', rootKey);
  const issuers = new Map<string, { certificate: string; key: Key }>();
  const issuerFor = async (kind: Identity['kind']) => {
    const known = issuers.get(kind);
    if (known) return known;
    const key = newKey();
    const wish = { name: `${kind} issuer`, publicKey: key.publicKey, pathLength: 0, usage: usages[kind] };
    const made = { certificate: await sign(wish, 'root', rootKey), key };
    issuers.set(kind, made);
    return made;
  };
  return {
    root,
    rootKey: pkcs8(rootKey.privateKey),
    fingerprint: fingerprintOf(new Uint8Array(new x509.X509Certificate(root).rawData)),
    async issue({ identity, publicKey, notBefore, notAfter }) {
      const { kind } = identity;
      const issuer = await issuerFor(kind);
      const own = newKey();
      const leaf = await sign(
        {
          name: kind,
          publicKey: publicKey ?? own.publicKey,
          usage: usages[kind],
          uri: identityUri(identity),
          notBefore,
          notAfter,
        },
        `${kind} issuer`,
        issuer.key,
      );
      return { chain: [leaf, issuer.certificate], key: pkcs8(own.privateKey) };
    },
  };
}

interface Content {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly pathLength?: number;
  readonly usage?: string;
  readonly uri?: string;
  readonly notBefore?: number | undefined;
  readonly notAfter?: number | undefined;
}

async function sign(content: Content, issuer: string, issuerKey: Key): Promise<string> {
  const now = Date.now();
  const {
    name,
    publicKey,
    pathLength,
    usage,
    uri,
    notBefore = now - hour,
    notAfter = now + (content.pathLength === undefined ? hour : decade),
  } = content;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: Math.floor(Math.random() * 2 ** 40)
      .toString(16)
      .padStart(12, '1'),
    subject: `CN=${name}`,
    issuer: `CN=${issuer}`,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    publicKey: new x509.PublicKey(publicKey.export({ type: 'spki', format: 'der' })),
    signingKey: issuerKey.privateKey.toCryptoKey(ecdsa, false, ['sign']),
    extensions: [
      new x509.BasicConstraintsExtension(pathLength !== undefined, pathLength, true),
      ...(usage ? [new x509.ExtendedKeyUsageExtension([usage])] : []),
      ...(uri ? [new x509.SubjectAlternativeNameExtension([{ type: 'url', value: uri }])] : []),
    ],
  });
  return certificate.toString('pem');
}
