import { X509Certificate } from 'node:crypto';
import { verifyIdentity } from '@skerry/contracts';
import { type Http, type HttpRequest, type HttpResponse, isSkerryError } from '@skerry/kit';
import { agentError } from '../errors.ts';
import { type DeviceIdentity, derOf } from './identity.ts';
import type { TrustedTime } from './trusted-time.ts';

export type HubRequest = Omit<HttpRequest, 'url' | 'tls' | 'socketPath'>;

/** HTTPS to the hub's device port, by mutual TLS. */
export interface HubClient {
  /** `path` starts with `/`. Addresses are tried in order, from the one that answered last. */
  request(path: string, request: HubRequest): Promise<HttpResponse>;
}

export interface HubClientOptions {
  readonly http: Http;
  /** As it is now: a renewed certificate is used from the next request on. */
  readonly identity: () => DeviceIdentity;
  readonly time: TrustedTime;
}

export function hubClient({ http, identity, time }: HubClientOptions): HubClient {
  let preferred = 0;
  return {
    async request(path, request) {
      const { addresses, chain, key, root, hubId } = identity();
      const tls = { cert: chain.join('\n'), key, ...pinned(derOf(root), hubId, time) };
      for (let tried = 1; ; tried++) {
        const url = new URL(path, addresses[preferred % addresses.length]).href;
        try {
          return await http.request({ ...request, url, tls });
        } catch (error) {
          if (tried >= addresses.length || !isSkerryError(error, 'Unreachable')) throw error;
          preferred++;
        }
      }
    },
  };
}

/** TLS that trusts one root alone, where our identity function decides. */
export function pinned(root: Uint8Array, hubId: string, time: TrustedTime) {
  return {
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    verifyPeer: (chain: readonly Uint8Array[]) => requireHub(chain, root, hubId, time),
  };
}

/**
 * Throws `CertificateRefused` unless the chain (DER, leaf first) is the hub's. A device that cannot know the time
 * yet takes the moment at which the hub's certificate was made: it is the hub that will tell it.
 */
export function requireHub(
  chain: readonly Uint8Array[],
  root: Uint8Array,
  hubId: string,
  time: TrustedTime,
): void {
  const now = time.plausible ? time.now() : Math.max(time.now(), madeAt(chain[0]));
  const verdict = verifyIdentity(chain, { root, now, kind: 'hub', hubId });
  if (verdict.ok) return;
  throw agentError('CertificateRefused', `what answers there is not this device’s hub: ${verdict.why}`, {
    next: 'Check the address and this machine’s clock; somebody may stand in between. Nothing secret was sent.',
  });
}

function madeAt(leaf: Uint8Array | undefined): number {
  try {
    return leaf ? new X509Certificate(leaf).validFromDate.getTime() : 0;
  } catch {
    return 0;
  }
}
