import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Disk, every, type Lifetime, type Logger, singleFlight } from '@skerry/kit';
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

/** Files of the folder, each 0600. The keys stay as they are when the server's certificate is renewed. */
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
  await renew(options);
  const flight = singleFlight(
    () => renew(options),
    (error) => logger.error('the certificate of the serving port could not be renewed', { error }),
  );
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

async function renew(options: SelfMadeOptions): Promise<void> {
  const { disk, clock, folder, logger, hosts: ownHosts = hostsOfMachine } = options;
  const now = Math.max(clock.now(), EARLIEST);
  const files = filesOf(folder);
  const ca = stillGood(await readCertificate(disk, files.ca), now + SERVER_LIFE);
  const server = stillGood(await readCertificate(disk, files.cert), now + RENEW_BEFORE);
  const hosts = ownHosts();
  if (ca && server?.checkIssued(ca) && server.verify(ca.publicKey) && covers(server, hosts)) return;
  const answer = await requestCertificates(options, {
    authority: {
      key: await keepKey(disk, join(folder, 'ca.key')),
      commonName: `Skerry device ${hostname()}`.slice(0, MAX_NAME),
      ...(ca && { certificate: ca.toString() }),
      notAfter: now + AUTHORITY_LIFE,
    },
    server: {
      key: await keepKey(disk, files.key),
      commonName: hosts[0]!.slice(0, MAX_NAME),
      hosts: [...hosts],
      notAfter: now + SERVER_LIFE,
    },
    notBefore: now - BACKDATED,
  });
  await disk.writeAtomic(files.ca, answer.authority);
  await disk.writeAtomic(files.cert, answer.server);
  logger.info('a certificate was made for the serving port', { hosts });
}

async function keepKey(disk: Disk, path: string): Promise<string> {
  const kept = await disk.readIfThere(path);
  if (kept) return Buffer.from(kept).toString();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await disk.writeAtomic(path, pem, { mode: 0o600 });
  return pem;
}

async function readCertificate(disk: Disk, path: string): Promise<X509Certificate | undefined> {
  const pem = await disk.readIfThere(path);
  return pem && new X509Certificate(pem);
}

const stillGood = (certificate: X509Certificate | undefined, at: number) =>
  certificate && certificate.validToDate.getTime() > at ? certificate : undefined;

const covers = (certificate: X509Certificate, hosts: readonly string[]) =>
  hosts.every((host) => certificate.checkHost(host) ?? certificate.checkIP(host));
