import { X509Certificate } from 'node:crypto';
import { deadlineSignal, describeError, isSkerryError } from '@skerry/kit';
import { endpointOf, nodeDial } from '@skerry/kit/node';
import { pinned } from '../identity/hub-client.ts';
import { derOf } from '../identity/identity.ts';
import { type TrustedTime, trustedTime } from '../identity/trusted-time.ts';
import { openWebSocket } from '../link/mqtt/web-socket.ts';
import { openTls, type TlsWay } from '../link/open-tls.ts';
import { latestPast } from './clock.ts';
import { span } from './figures.ts';
import { type Found, fail, pass, warn } from './finding.ts';
import { findNewRoot } from './new-root.ts';
import { proxySettingFor } from './proxy.ts';
import type { Site } from './site.ts';

/** For each step on the way to an address. */
const DEADLINE_MS = 5_000;

/** One address on its way to be tried. */
interface Trial extends TlsWay {
  readonly site: Site;
  readonly address: URL;
  /** Of the hub, where the one that is held leads to it. */
  readonly newRoot: () => Promise<string | undefined>;
}

interface Step {
  readonly name: string;
  /** Resolves with what is worth saying of it. */
  readonly take: (trial: Trial, signal: AbortSignal) => Promise<string>;
  readonly next: string;
  /** Instead, where the way goes through the proxy that a setting of this name names. */
  readonly nextByProxy?: (setting: string) => string;
  /** What comes after it is better, and the device can do without. */
  readonly isEnough?: true;
}

const tcp: Step = {
  name: 'TCP',
  take: async ({ dial, address }, signal) => {
    (await dial(endpointOf(address), signal)).destroy();
    return 'TCP';
  },
  next: 'See whether the hub runs and listens there, and whether a firewall on the way lets this port pass.',
  nextByProxy: (setting) =>
    `See whether ${setting} names the right proxy, and whether it runs, lets this address pass and reaches the hub; NO_PROXY lists what is reached without it.`,
};

/** By scheme; each builds on the one before. None begins a session, which would end that of an agent that runs. */
const stepsBy: Readonly<Record<string, readonly Step[]>> = {
  'https:': [
    tcp,
    {
      name: 'TLS and HTTPS',
      take: askOverHttps,
      next: 'See whether it is the hub that answers there, and not a proxy or portal on the way; and whether the hub waits for a word about this device (`skerry device waiting` there).',
      isEnough: true,
    },
    {
      name: 'MQTT over WebSocket',
      take: async (trial, signal) => {
        (await openWebSocket(trial.address, trial, signal)).destroy();
        return 'MQTT over WebSocket';
      },
      next: 'See whether a proxy on the way lets WebSockets pass (Upgrade: websocket, path /mqtt).',
    },
  ],
  'mqtts:': [
    tcp,
    {
      name: 'TLS for MQTT',
      take: async (trial, signal) => {
        (await openTls(trial.address, trial, signal)).destroy();
        return 'TLS for MQTT';
      },
      next: 'See whether a firewall on the way looks into this port; the agent does without it.',
    },
  ],
};

/** Each way to each of the hub's addresses. One that answers HTTPS is enough for the device, so others then only warn. */
export async function checkTransports(site: Site): Promise<Found[]> {
  if ('fault' in site.identity) return [];
  const identity = site.identity.value;
  if (!identity) return [warn('without having joined there is no hub to reach', 'Join one first.')];
  const past = (await latestPast(site))?.at ?? 0;
  const time = trustedTime(site.ports.clock, past);
  let asked: Promise<string | undefined> | undefined;
  const newRoot = () => (asked ??= findNewRoot(site.ports, identity, time));
  const way = { identity, time, dial: nodeDial(site.env), newRoot };
  const tried = await Promise.all(
    identity.addresses.map((text) => tryAddress({ site, ...way, address: new URL(text) })),
  );
  const found = tried.map((one) => one.found);
  const told = tried.some(({ isEnough }) => isEnough) ? found.map(softened) : found;
  return (await asked) === undefined ? told : [...told, followed];
}

const followed = pass('the hub has a new root, signed by the one known; the agent follows it by itself');

const softened = (found: Found): Found => (found.status === 'fail' ? { ...found, status: 'warn' } : found);

async function tryAddress(trial: Trial): Promise<{ found: Found; isEnough: boolean }> {
  const { address } = trial;
  const passed: string[] = [];
  let isEnough = false;
  for (const step of stepsBy[address.protocol] ?? []) {
    try {
      passed.push(await takeUnderRoot(step, trial));
      isEnough ||= step.isEnough === true;
    } catch (error) {
      return { found: failedStep(step, trial, passed, error, isEnough), isEnough };
    }
  }
  return { found: pass(`${address.host}: ${passed.join(', ')}`), isEnough };
}

/** Where another root is shown, once more under the one that the hub has now. */
async function takeUnderRoot(step: Step, trial: Trial): Promise<string> {
  try {
    return await takeInTime(step, trial);
  } catch (error) {
    const root = isSkerryError(error, 'CertificateRefused') ? await trial.newRoot() : undefined;
    if (root === undefined) throw error;
    return takeInTime(step, { ...trial, identity: { ...trial.identity, root } });
  }
}

async function takeInTime({ name, take }: Step, trial: Trial): Promise<string> {
  const { address, site } = trial;
  const limited = deadlineSignal(DEADLINE_MS, site.ports.clock, `${name} to ${address.host}`);
  try {
    return await take(trial, limited.signal);
  } finally {
    limited.stop();
  }
}

function failedStep(
  step: Step,
  { address, site }: Trial,
  passed: readonly string[],
  error: unknown,
  isEnough: boolean,
): Found {
  const before = passed.length > 0 ? ` (${passed.join(', ')} worked)` : '';
  const instead = isEnough ? '; the agent goes on by HTTPS' : '';
  const what = `${address.host}: no ${step.name}: ${describeError(error)}${before}${instead}`;
  const proxy = proxySettingFor(address, site.env);
  const byProxy = proxy === undefined ? undefined : step.nextByProxy?.(proxy);
  return fail(what, adviceOf(error) ?? byProxy ?? step.next);
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
