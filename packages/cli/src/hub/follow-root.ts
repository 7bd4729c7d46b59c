import { X509Certificate } from 'node:crypto';
import { fingerprintOf, rootsAfter, rootsResponse } from '@skerry/contracts';
import { isSkerryError } from '@skerry/kit';
import type { SendRequest } from '@skerry/sdk';
import type { Cli } from '../cli.ts';
import { contextsPath, type HubContextEntry, saveContext } from './contexts.ts';
import { askUnverified, hubTransport, requireHub } from './transport.ts';

/**
 * Requests to the hub of a login. Where the hub has another root now, that the one which was compared at the login
 * signed, itself or by the roots between, the login goes on under it, as devices do.
 */
export function followingRoot(cli: Cli, entry: HubContextEntry): SendRequest {
  const transport = (pinned: HubContextEntry) => hubTransport({ ...cli.ports, signal: cli.signal, pinned });
  let send = transport(entry);
  let following: Promise<boolean> | undefined;
  const follow = async () => {
    const next = await underNextRoot(cli, entry);
    if (next) send = transport(next);
    return next !== undefined;
  };
  return async (request) => {
    const sent = send;
    try {
      return await sent(request);
    } catch (error) {
      if (!isSkerryError(error, 'CertificateRefused')) throw error;
      // Of requests that go together one follows for all.
      if (sent === send) {
        following ??= follow().finally(() => {
          following = undefined;
        });
        if (!(await following)) throw error;
      }
      return send(request);
    }
  };
}

async function underNextRoot(cli: Cli, entry: HubContextEntry): Promise<HubContextEntry | undefined> {
  const path = await rootsFrom(cli, entry).catch(() => []);
  const root = path.at(-1);
  if (root === undefined) return undefined;
  const fingerprint = fingerprintOf(new X509Certificate(root).raw);
  const next = { ...entry, root, fingerprint };
  await saveContext(cli.ports.disk, contextsPath(cli.env), next);
  cli.stderr.line(`The hub has another root now, which the one of your login signed: ${fingerprint}`);
  return next;
}

/** The roots from the one of the login to the one that the other side stands under; none where it proves nothing. */
async function rootsFrom({ ports, signal }: Cli, { url, root, hubId }: HubContextEntry): Promise<string[]> {
  const { json, chain } = await askUnverified({ ...ports, signal }, `${url}/api/v1/roots`);
  const path = rootsAfter(root, rootsResponse.parse(json).statements, hubId);
  if (path.length > 0) requireHub(chain, { root: path.at(-1)!, hubId }, ports.clock);
  return path;
}
