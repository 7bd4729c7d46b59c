import 'reflect-metadata';
import { type KeyObject, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { syncCrypto } from './sync-crypto.ts';

/** RFC 5280 §4.2.1.12: what a leaf may be used for. */
export type Usage = 'serverAuth' | 'clientAuth' | 'codeSigning';

/** Object identifiers: RFC 5280 §4.2.1.12. */
const usageOid: Record<Usage, string> = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
};

export interface Issuer {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** What a certificate says, before somebody signs it. Times are inclusive, serial is 1–20 bytes, positive. */
export interface CertificateContent {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly serial: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Present for an authority: how many authorities may stand below it. */
  readonly pathLength?: number;
  readonly usages?: readonly Usage[];
  readonly uri?: string;
  /** DNS names and IP addresses a server is reached by. */
  readonly hosts?: readonly string[];
}

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' };
const signatureAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };

/** Signs `content` with the issuer's key, or with `selfKey` for a root. */
export async function signCertificate(
  content: CertificateContent,
  issuer: Issuer | { selfKey: KeyObject },
): Promise<X509Certificate> {
  const self = 'selfKey' in issuer;
  const signingKey = (self ? issuer.selfKey : issuer.key).toCryptoKey(ecdsa, true, ['sign']);
  const issuerKey = self ? content.publicKey : issuer.certificate.publicKey;
  const subject = `CN=${content.commonName}`;
  const wish: x509.X509CertificateCreateParams = {
    serialNumber: Buffer.from(content.serial).toString('hex'),
    subject,
    issuer: self ? subject : new x509.X509Certificate(issuer.certificate.raw).subjectName,
    notBefore: content.notBefore,
    notAfter: content.notAfter,
    signingAlgorithm: signatureAlgorithm,
    publicKey: new x509.PublicKey(spki(content.publicKey)),
    signingKey,
    extensions: await extensionsOf(content, issuerKey),
  };
  const signed = await x509.X509CertificateGenerator.create(wish, syncCrypto);
  return new X509Certificate(Buffer.from(signed.rawData));
}

async function extensionsOf(content: CertificateContent, issuerKey: KeyObject): Promise<x509.Extension[]> {
  const authority = content.pathLength !== undefined;
  const use = authority
    ? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
    : x509.KeyUsageFlags.digitalSignature;
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(authority, content.pathLength, true),
    new x509.KeyUsagesExtension(use, true),
    await x509.SubjectKeyIdentifierExtension.create(
      new x509.PublicKey(spki(content.publicKey)),
      false,
      syncCrypto,
    ),
    await x509.AuthorityKeyIdentifierExtension.create(new x509.PublicKey(spki(issuerKey)), false, syncCrypto),
  ];
  if (content.usages) {
    extensions.push(
      new x509.ExtendedKeyUsageExtension(
        content.usages.map((usage) => usageOid[usage]),
        authority,
      ),
    );
  }
  const names = alternativeNames(content);
  if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(names));
  return extensions;
}

function alternativeNames(content: CertificateContent): x509.JsonGeneralName[] {
  const hosts = (content.hosts ?? []).map(
    (host): x509.JsonGeneralName => ({ type: isIpAddress(host) ? 'ip' : 'dns', value: host }),
  );
  return content.uri === undefined ? hosts : [...hosts, { type: 'url', value: content.uri }];
}

const isIpAddress = (host: string): boolean => /^[0-9.]+$|:/.test(host);

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
