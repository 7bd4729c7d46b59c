import { join, resolve } from 'node:path';
import { failure } from '../errors.ts';
import type { Settings } from '../settings.ts';
import { isLoopback } from './hosts.ts';
import type { SecurityFiles, TlsFiles } from './security.ts';
import { keepSelfMade, type SelfMadeOptions } from './self-made.ts';

export interface PrepareOptions extends Omit<SelfMadeOptions, 'folder'> {
  readonly settings: Settings;
}

/**
 * What protects the serving ports by the settings; makes certificates for `--tls self`. Rejects with
 * `ServingUnprotected` where others could reach the models and nothing was said of who may.
 */
export async function prepareSecurity(options: PrepareOptions): Promise<SecurityFiles> {
  const { settings, logger } = options;
  checkSettings(settings);
  const tls = await tlsFiles(options);
  const { host, keys, clientCa } = settings;
  const protectedBy = tls !== undefined && (keys ?? clientCa) !== undefined;
  if (!protectedBy && !isLoopback(host)) {
    if (!settings.insecure) throw unprotected(host, tls !== undefined);
    logger.warn('INSECURE: everybody who reaches this address may ask the models', {
      host,
      encrypted: tls !== undefined,
      keys: keys !== undefined,
    });
  }
  return { tls, keys, startsWithoutKeys: settings.state !== undefined };
}

function checkSettings({ tls, tlsCert, tlsKey, clientCa }: Settings): void {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw failure('InvalidConfig', '--tls-cert and --tls-key belong together; one of them is missing');
  if (tls !== undefined && tlsCert !== undefined)
    throw failure('InvalidConfig', '--tls self makes a certificate, --tls-cert brings one; give one of them');
  if (clientCa !== undefined && tls === undefined && tlsCert === undefined)
    throw failure('InvalidConfig', '--client-ca asks for certificates, which needs TLS: add --tls self');
}

async function tlsFiles(options: PrepareOptions): Promise<TlsFiles | undefined> {
  const { tls, tlsCert, tlsKey, clientCa, servingFolder, state } = options.settings;
  if (tlsCert !== undefined && tlsKey !== undefined) return { cert: tlsCert, key: tlsKey, clientCa };
  if (tls === undefined) return undefined;
  const folder = servingFolder ?? (state === undefined ? 'skerry-serving' : join(state, 'serving'));
  return { ...(await keepSelfMade({ ...options, folder: resolve(folder) })), clientCa };
}

function unprotected(host: string, hasTls: boolean) {
  const lacks = hasTls ? 'no --keys and no --client-ca' : 'no TLS';
  return failure('ServingUnprotected', `--host ${host} can be reached by others, and there is ${lacks}`);
}
