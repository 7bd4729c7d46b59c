import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  type Disk,
  every,
  isKey,
  type Lifetime,
  type Logger,
  mendWithCopy,
  readWithCopy,
  signsFor,
  singleFlight,
  writeWithCopy,
} from '@skerry/kit';
import { hostsOfMachine } from './hosts.ts';
import { type CertificateMaker, requestCertificates } from './request-certificates.ts';

export interface SelfMadeOptions extends CertificateMaker {
  readonly disk: Disk;
  readonly logger: Logger;
  readonly life: Lifetime;
  readonly folder: string;
  /** The machine's names and addresses, asked anew at each look. */
  readonly hosts?: () => readonly string[];
}

/**
 * Files of the folder, each 0600 and with a copy beside it. The keys stay as they are when the server's certificate is
 * renewed.
 */
export interface SelfMade {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const DAY = 86_400_000;
const AUTHORITY_LIFE = 3_652 * DAY;
const SERVER_LIFE = 90 * DAY;
const RENEW_BEFORE = 30 * DAY;
const BACKDATED = DAY;
const LOOK_MS = 60_000;
/** RFC 5280 appendix A: ub-common-name. */
const MAX_NAME = 64;
/** No machine is older than this; one whose clock is has yet to learn the time. */
const EARLIEST = Date.UTC(2026, 0, 1);

/**
 * Keeps an authority and a server's certificate in a folder, made where they are missing, made anew where the
 * machine's addresses have changed or the end is near.
 */
export async function keepSelfMade(options: SelfMadeOptions): Promise<SelfMade> {
  const { disk, clock, life, logger, folder } = options;
  await disk.makeFolder(folder);
  const complain = (error: unknown) =>
    logger.error('the certificate of the serving port could not be renewed', { error });
  await renew(options).catch(async (error) => {
    // Better an old one than no models: on a full disk there may be no other for long.
    if (!(await isComplete(disk, folder))) throw error;
    complain(error);
  });
  const flight = singleFlight(() => renew(options), complain);
  await life.start(
    'certificate',
    () => every(clock, LOOK_MS, () => flight.trigger()),
    async (stop) => {
      stop();
      await flight.stop();
    },
  );
  return filesOf(folder);
}

const filesOf = (folder: string): SelfMade => ({
  ca: join(folder, 'ca.crt'),
  cert: join(folder, 'server.crt'),
  key: join(folder, 'server.key'),
});

/** Whether what is there can be served with, be it due, of other addresses or over. */
async function isComplete(disk: Disk, folder: string): Promise<boolean> {
  const files = filesOf(folder);
  const ca = await goodCertificate(disk, files.ca, (it) => it.verify(it.publicKey));
  const server = await goodCertificate(disk, files.cert, (it) => ca !== undefined && it.checkIssued(ca));
  const key = server && (await goodOf(disk, files.key, (pem) => isKeyOf(pem, server)));
  return key !== undefined;
}

async function renew(options: SelfMadeOptions): Promise<void> {
  const { disk, clock, folder, logger, hosts: ownHosts = hostsOfMachine } = options;
  const now = Math.max(clock.now(), EARLIEST);
  const files = filesOf(folder);
  const heldCa = await goodCertificate(disk, files.ca, (it) => it.verify(it.publicKey));
  const caKey = await keepKey(disk, join(folder, 'ca.key'), heldCa);
  const ca = stillGood(heldCa, caKey, now + SERVER_LIFE);
  const held = await goodCertificate(disk, files.cert, (it) => ca !== undefined && it.verify(ca.publicKey));
  const key = await keepKey(disk, files.key, held);
  const server = stillGood(held, key, now + RENEW_BEFORE);
  const hosts = ownHosts();
  if (ca && server?.checkIssued(ca) && hasBegun(server, now) && covers(server, hosts)) return;
  const answer = await requestCertificates(options, {
    authority: {
      key: caKey,
      commonName: `Skerry device ${hostname()}`.slice(0, MAX_NAME),
      ...(ca && { certificate: ca.toString() }),
      notBefore: EARLIEST - BACKDATED,
      notAfter: now + AUTHORITY_LIFE,
    },
    server: {
      key,
      commonName: hosts[0]!.slice(0, MAX_NAME),
      hosts: [...hosts],
      notBefore: now - BACKDATED,
      // The clock was ahead when the one before was made, or it is behind now: this one is good either way.
      notAfter: Math.max(now + SERVER_LIFE, server?.validToDate.getTime() ?? 0),
    },
  });
  await writeWithCopy(disk, files.ca, answer.authority);
  await writeWithCopy(disk, files.cert, answer.server);
  logger.info('a certificate was made for the serving port', { hosts });
}

/** The key that is kept there, whole and of that certificate where there is one; else another. */
async function keepKey(disk: Disk, path: string, of: X509Certificate | undefined): Promise<string> {
  const kept = await goodOf(disk, path, (pem) => isKeyOf(pem, of));
  if (kept) return kept;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeWithCopy(disk, path, pem);
  return pem;
}

const isKeyOf = (pem: string, certificate: X509Certificate | undefined) =>
  certificate ? signsFor(certificate.publicKey, pem) : isKey(pem);

async function goodCertificate(
  disk: Disk,
  path: string,
  isGood: (certificate: X509Certificate) => boolean,
): Promise<X509Certificate | undefined> {
  const pem = await goodOf(disk, path, (text) => isGood(new X509Certificate(text)));
  return pem === undefined ? undefined : new X509Certificate(pem);
}

/** The file or its copy, whichever is good; both are, once the disk takes it. `isGood` may throw at what is not. */
async function goodOf(
  disk: Disk,
  path: string,
  isGood: (text: string) => boolean,
): Promise<string | undefined> {
  for (const bytes of await readWithCopy(disk, path)) {
    const text = Buffer.from(bytes).toString();
    try {
      if (!isGood(text)) continue;
    } catch {
      continue;
    }
    // On a full disk it is tried again with the next look.
    await mendWithCopy(disk, path, bytes).catch(() => {});
    return text;
  }
  return undefined;
}

const stillGood = (certificate: X509Certificate | undefined, key: string, at: number) =>
  certificate && isKeyOf(key, certificate) && certificate.validToDate.getTime() > at
    ? certificate
    : undefined;

const hasBegun = (certificate: X509Certificate, at: number) => certificate.validFromDate.getTime() <= at;

const covers = (certificate: X509Certificate, hosts: readonly string[]) =>
  hosts.every((host) => certificate.checkHost(host) ?? certificate.checkIP(host));
