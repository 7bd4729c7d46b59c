import { judgeChain, type ReadChain, readChain } from '@skerry/contracts';
import { type Http, type HttpRequest, type HttpResponse, isSkerryError } from '@skerry/kit';
import { agentError } from '../errors.ts';
import { isHttps } from './hub-addresses.ts';
import { type DeviceIdentity, derOf } from './identity.ts';
import { judgedAt } from './judged-at.ts';
import type { TrustedTime } from './trusted-time.ts';

export interface HubRequest extends Omit<HttpRequest, 'url' | 'tls' | 'socketPath'> {
  /** The answer is wanted at once, also where it is that the device shall come back later. */
  readonly isHurried?: true;
}

/** HTTPS to the hub's device port, by mutual TLS. */
export interface HubClient {
  /** `path` starts with `/`. Addresses are tried in order, from the one that answered last. */
  request(path: string, request: HubRequest): Promise<HttpResponse>;
}

export interface HubClientOptions {
  readonly http: Http;
  /** As it is now: a renewed certificate is used from the next request on. */
  readonly identity: () => DeviceIdentity;
  /** Throws unless the chain (DER, leaf first) is the hub's. */
  readonly requireHub: (chain: readonly Uint8Array[]) => void;
  /** Told of every answer of the hub, and of the address where it was asked. */
  readonly onAnswer?: (address: string, response: HttpResponse) => void;
}

export function hubClient({ http, identity, requireHub, onAnswer = () => {} }: HubClientOptions): HubClient {
  let preferred = 0;
  return {
    async request(path, { isHurried: _, ...request }) {
      const { chain, key } = identity();
      const addresses = identity().addresses.filter(isHttps);
      const tls = { cert: chain.join('\n'), key, ...judgedBy(requireHub) };
      const errors: unknown[] = [];
      const first = preferred;
      do {
        const at = first + errors.length;
        const address = addresses[at % addresses.length] ?? '';
        try {
          const response = await http.request({ ...request, url: new URL(path, address).href, tls });
          preferred = at;
          onAnswer(address, response);
          return response;
        } catch (error) {
          if (!isOfAddress(error) || request.signal?.aborted) throw error;
          errors.push(error);
        }
      } while (errors.length < addresses.length);
      // That of a certificate says the most: the hub may have another root.
      throw errors.find((error) => isSkerryError(error, 'CertificateRefused')) ?? errors.at(-1);
    },
  };
}

/** Whether another address may do better: nobody is there, who is there says nothing, or it is somebody else. */
const isOfAddress = (error: unknown) =>
  ['Unreachable', 'DeadlineExceeded', 'CertificateRefused'].some((code) => isSkerryError(error, code));

const UNVERIFIED_DEADLINE_MS = 15_000;
/** All roots that a hub ever had, and what they signed. */
const UNVERIFIED_BYTES = 2 * 1024 * 1024;

/** GET of whoever answers there. Nothing secret is said, and nothing is to be believed that proves not itself. */
export function askUnverified(http: Http, url: URL, signal?: AbortSignal): Promise<HttpResponse> {
  return http.request({
    method: 'GET',
    url: url.href,
    ...(signal && { signal }),
    tls: { rejectUnauthorized: false, verifyPeer: () => {}, checkServerIdentity: () => undefined },
    deadlineMs: UNVERIFIED_DEADLINE_MS,
    maxBytes: UNVERIFIED_BYTES,
  });
}

/** TLS that trusts one root alone, where our identity function decides. */
export function pinned(root: Uint8Array, hubId: string, time: TrustedTime) {
  return judgedBy((chain) => requireHub(chain, root, hubId, time));
}

function judgedBy(verifyPeer: (chain: readonly Uint8Array[]) => void) {
  return { rejectUnauthorized: false, checkServerIdentity: () => undefined, verifyPeer };
}

/** Throws `CertificateRefused` unless the chain (DER, leaf first) is the hub's, as far as this device can know. */
export function requireHub(
  chain: readonly Uint8Array[],
  root: Uint8Array,
  hubId: string,
  time: TrustedTime,
): void {
  requireVerdict(readChain(chain, root), judgedAt(chain, time), hubId, time);
}

/** The same for one who is shown the hub's chain again and again: what was read of the last one is kept. */
export function hubJudge(time: TrustedTime) {
  let last: { shown: readonly Uint8Array[]; root: string; chain: ReadChain; madeAt: number } | undefined;
  return (shown: readonly Uint8Array[], { root, hubId }: Pick<DeviceIdentity, 'root' | 'hubId'>): void => {
    if (last?.root !== root || !isSame(last.shown, shown)) {
      const madeAt = judgedAt(shown, { atLeast: 0 });
      last = { shown, root, chain: readChain(shown, derOf(root)), madeAt };
    }
    requireVerdict(last.chain, Math.max(last.madeAt, time.atLeast), hubId, time);
  };
}

const isSame = (a: readonly Uint8Array[], b: readonly Uint8Array[]) =>
  a.length === b.length && a.every((der, index) => Buffer.compare(der, b[index]!) === 0);

function requireVerdict(chain: ReadChain, now: number, hubId: string, time: TrustedTime): void {
  const verdict = judgeChain(chain, { now, kind: 'hub', hubId });
  if (!verdict.ok)
    throw agentError('CertificateRefused', `what answers there is not this device’s hub: ${verdict.why}`, {
      next: 'Check the address; somebody may stand in between. Nothing secret was sent.',
    });
  time.met({ notBefore: verdict.validity.from, notAfter: verdict.validity.to });
}
