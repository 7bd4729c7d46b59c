import { X509Certificate } from 'node:crypto';
import { deadlineSignal, describeError, isSkerryError } from '@skerry/kit';
import { pinned } from '../identity/hub-client.ts';
import { type DeviceIdentity, derOf } from '../identity/identity.ts';
import { type TrustedTime, trustedTime } from '../identity/trusted-time.ts';
import { openSocket } from '../link/mqtt/open-socket.ts';
import { latestPast } from './clock.ts';
import { span } from './figures.ts';
import { type Found, fail, pass, warn } from './finding.ts';
import { known, type Site } from './site.ts';

/** For each step on the way to an address. */
const DEADLINE_MS = 5_000;

/** One address on its way to be tried. */
interface Trial {
  readonly site: Site;
  readonly address: URL;
  readonly identity: DeviceIdentity;
  readonly time: TrustedTime;
}

interface Step {
  readonly name: string;
  /** Resolves with what is worth saying of it. */
  readonly take: (trial: Trial, signal: AbortSignal) => Promise<string>;
  readonly next: string;
}

/** Each builds on the one before. */
const steps: readonly Step[] = [
  {
    name: 'TCP',
    take: async ({ site, address }, signal) => {
      await site.ports.probes.dial(hostOf(address), portOf(address), signal);
      return 'TCP';
    },
    next: 'See whether the hub runs and listens there, and whether a firewall on the way lets this port pass.',
  },
  {
    name: 'TLS and HTTPS',
    take: askOverHttps,
    next: 'See whether it is the hub that answers there, and not a proxy or portal on the way; and whether the device was revoked (`skerry device show`).',
  },
  {
    name: 'MQTT over WebSocket',
    take: async ({ address, identity, time }, signal) => {
      (await openSocket(address, identity, time, signal)).destroy();
      return 'MQTT over WebSocket';
    },
    next: 'See whether a proxy on the way lets WebSockets pass (Upgrade: websocket, path /mqtt).',
  },
];

/** Each way to each of the hub's addresses. One that works is enough for the device, so others then only warn. */
export async function checkTransports(site: Site): Promise<Found[]> {
  const identity = known(site.identity);
  if (!identity) return [warn('without having joined there is no hub to reach', 'Join one first.')];
  const past = (await latestPast(site))?.at ?? 0;
  const time = trustedTime(site.ports.clock, past);
  const found = await Promise.all(
    identity.addresses.map((text) => tryAddress({ site, identity, time, address: new URL(text) })),
  );
  return found.some(({ status }) => status === 'pass') ? found.map(softened) : found;
}

const softened = (found: Found): Found => (found.status === 'fail' ? { ...found, status: 'warn' } : found);

async function tryAddress(trial: Trial): Promise<Found> {
  const { address, site } = trial;
  const passed: string[] = [];
  for (const { name, take, next } of steps) {
    const limited = deadlineSignal(DEADLINE_MS, site.ports.clock, `${name} to ${address.host}`);
    try {
      passed.push(await take(trial, limited.signal));
    } catch (error) {
      const before = passed.length > 0 ? ` (${passed.join(', ')} worked)` : '';
      return fail(`${address.host}: no ${name}: ${describeError(error)}${before}`, adviceOf(error) ?? next);
    } finally {
      limited.stop();
    }
  }
  return pass(`${address.host}: ${passed.join(', ')}`);
}

/** Of errors that know better than the step. */
const adviceOf = (error: unknown) => (isSkerryError(error, 'CertificateRefused') ? error.next : undefined);

async function askOverHttps({ site, address, identity, time }: Trial, signal: AbortSignal): Promise<string> {
  const { chain, key, root, hubId } = identity;
  const response = await site.ports.http.request({
    method: 'GET',
    url: new URL('/v2/', address).href,
    tls: { cert: chain.join('\n'), key, ...pinned(derOf(root), hubId, time) },
    signal,
    deadlineMs: DEADLINE_MS,
  });
  response.discard();
  if (response.status >= 300) throw new Error(`the hub answered ${response.status}`);
  const [leaf] = response.peerChain();
  return leaf ? `TLS (the hub’s certificate ${lifeLeft(leaf, time)}), HTTPS` : 'HTTPS';
}

/** A certificate that has ended by this machine's clock alone is taken: the clock may be the one that is wrong. */
function lifeLeft(leaf: Uint8Array, time: TrustedTime): string {
  const left = new X509Certificate(leaf).validToDate.getTime() - time.now();
  if (left >= 0) return `is valid for ${span(left)} more`;
  return `ended ${span(-left)} ago by this machine’s clock, which may be wrong`;
}

const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '');
const portOf = ({ port }: URL) => Number(port || 443);
