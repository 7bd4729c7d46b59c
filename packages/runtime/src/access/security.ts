import { constants, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions, type Server, type TlsOptions } from 'node:tls';
import { fingerprintOf } from '@skerry/contracts';
import type { Clock, Disk, Lifetime, Logger } from '@skerry/kit';
import { failure } from '../errors.ts';
import { type Authorize, authorizer } from './authorize.ts';
import { type CertificateOf, certificateReader } from './client-certificate.ts';
import { noKeys, readKeyTable } from './key-table.ts';
import { type Watched, type WatchOptions, watchFiles } from './watch-files.ts';

/** What protects the serving ports, as paths: plain data, so that every serving thread can open it for itself. */
export interface SecurityFiles {
  readonly tls?: TlsFiles | undefined;
  /** The key file. */
  readonly keys?: string | undefined;
  /** Starts with a key file that cannot be read, and lets nobody in: there is more to do than to serve clients. */
  readonly startsWithoutKeys?: boolean | undefined;
}

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** The authority of clients' certificates. */
  readonly clientCa?: string | undefined;
  /** The authority to hand to clients, where it is one of our making. */
  readonly ca?: string | undefined;
}

export interface Security {
  /** What another thread opens it from. */
  readonly files: SecurityFiles;
  /** Undefined where everybody may ask. */
  readonly authorize: Authorize | undefined;
  readonly certificateOf: CertificateOf;
  /** Undefined where the ports speak no TLS. */
  readonly tls: ServerTls | undefined;
  /** The authority to hand to clients, where it is one of our making. */
  readonly ca: Authority | undefined;
}

export interface Authority {
  readonly path: string;
  readonly pem: string;
  /** `sha256:…` of its DER. */
  readonly fingerprint: string;
}

/** For `https.createServer` and `tls.createServer`. */
export interface ServerTls {
  readonly options: TlsOptions;
  /** Lets a server take renewed certificates. Connections that it has go on. */
  renewOn(server: Pick<Server, 'setSecureContext'>): void;
}

export interface SecurityTools {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly life: Lifetime;
}

/** Opens and watches the files. Rejects with `FileNotFound`, `InvalidFile` or `InvalidConfig`. */
export async function openSecurity(files: SecurityFiles, tools: SecurityTools): Promise<Security> {
  const { tls, keys, startsWithoutKeys = false } = files;
  const { disk, clock } = tools;
  const table = keys === undefined ? undefined : await watchKeys(keys, startsWithoutKeys, tools);
  const context = tls && (await watchTls(tls, tools));
  const open = table === undefined && tls?.clientCa === undefined;
  return {
    files,
    authorize: open ? undefined : authorizer({ keys: () => table?.value, clock }),
    certificateOf: certificateReader(),
    tls: context && serverTls(context, tls?.clientCa !== undefined),
    ca: tls?.ca === undefined ? undefined : await readAuthority(disk, tls.ca),
  };
}

async function readAuthority(disk: Disk, path: string): Promise<Authority> {
  const pem = Buffer.from(await disk.read(path)).toString();
  return { path, pem, fingerprint: fingerprintOf(new X509Certificate(pem).raw) };
}

const HANDSHAKE_MS = 10_000;

function serverTls(context: Watched<SecureContextOptions>, asksForCertificate: boolean): ServerTls {
  const certificate = asksForCertificate && { requestCert: true, rejectUnauthorized: true };
  return {
    options: { ...context.value, ...certificate, handshakeTimeout: HANDSHAKE_MS },
    renewOn: (server) => context.onChange((options) => server.setSecureContext(options)),
  };
}

function watchKeys(path: string, startsWithoutKeys: boolean, tools: SecurityTools) {
  const read = (text = '') => readKeyTable(path, text);
  const instead = startsWithoutKeys ? noKeys : undefined;
  return watched('key file', { what: 'the key file', paths: [path], read, instead }, tools);
}

function watchTls({ cert, key, clientCa }: TlsFiles, tools: SecurityTools) {
  const paths = [cert, key, ...(clientCa === undefined ? [] : [clientCa])];
  const what = 'the certificate of the serving port';
  return watched('certificates', { what, paths, read: contextOptions }, tools);
}

function watched<T>(
  part: string,
  options: Pick<WatchOptions<T>, 'what' | 'paths' | 'read' | 'instead'>,
  tools: SecurityTools,
): Promise<Watched<T>> {
  return tools.life.start(
    part,
    () => watchFiles({ ...tools, ...options }),
    (it) => it.stop(),
  );
}

/** Without tickets no session is resumed: who resumes shows no certificate, and would be taken for authenticated. */
function contextOptions(cert = '', key = '', clientCa?: string): SecureContextOptions {
  const options: SecureContextOptions = {
    cert,
    key,
    minVersion: 'TLSv1.2',
    ...(clientCa !== undefined && { ca: clientCa, secureOptions: constants.SSL_OP_NO_TICKET }),
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    throw failure('InvalidConfig', `certificate and key cannot be used: ${(cause as Error).message}`, {
      cause,
      next: 'Give files in PEM, and the key that belongs to the certificate.',
    });
  }
  return options;
}
