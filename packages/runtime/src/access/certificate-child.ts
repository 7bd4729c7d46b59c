import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { nodeRandom } from '@skerry/kit/node';
import { type CertificateContent, type Issuer, signCertificate } from '@skerry/kit/x509';
import { type CertificateQuestion, certificateQuestion } from './certificate-question.ts';

// A process of its own for a second in two months, since what makes certificates takes 15 MB.
const question = certificateQuestion.parse(JSON.parse(await text(process.stdin)));
const authority = await authorityOf(question);
const server = await serverCertificate(question, authority);
const answer = { authority: authority.certificate.toString(), server: server.toString() };
process.stdout.write(`${JSON.stringify(answer)}\n`);

async function authorityOf({ authority }: CertificateQuestion): Promise<Issuer> {
  const { certificate, commonName, notBefore, notAfter } = authority;
  const key = createPrivateKey(authority.key);
  if (certificate !== undefined) return { key, certificate: new X509Certificate(certificate) };
  const content: CertificateContent = {
    ...datesAndSerial(notBefore, notAfter),
    commonName,
    publicKey: createPublicKey(key),
    pathLength: 0,
    // Whoever trusts it trusts it to name servers, and nothing else.
    usages: ['serverAuth'],
  };
  return { key, certificate: await signCertificate(content, { selfKey: key }) };
}

function serverCertificate({ server }: CertificateQuestion, issuer: Issuer) {
  const { commonName, hosts, notBefore, notAfter } = server;
  const content: CertificateContent = {
    ...datesAndSerial(notBefore, notAfter),
    commonName,
    publicKey: createPublicKey(server.key),
    usages: ['serverAuth'],
    hosts,
  };
  return signCertificate(content, issuer);
}

/** RFC 5280 §4.1.2.2: a serial is positive, at most 20 bytes; 16 random ones are unique. */
function datesAndSerial(notBefore: number, notAfter: number) {
  const serial = nodeRandom().bytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return { serial, notBefore: new Date(notBefore), notAfter: new Date(notAfter) };
}
