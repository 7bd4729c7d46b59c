import { isIP } from 'node:net';
import { describeError, withDeadline } from '@skerry/kit';
import { type Found, fail, pass } from './finding.ts';
import { known, type Site } from './site.ts';

const DEADLINE_MS = 5_000;

/** The hub's names, as this machine resolves them. */
export async function checkNames(site: Site): Promise<Found[]> {
  if ('fault' in site.identity) return [];
  const hosts = hostsOf(known(site.identity)?.addresses ?? []);
  if (hosts.length === 0) return [pass('the hub has no name to resolve')];
  return Promise.all(hosts.map((host) => resolve(site, host)));
}

async function resolve({ ports: { probes, clock } }: Site, host: string): Promise<Found> {
  try {
    const found = await withDeadline(probes.resolve(host), DEADLINE_MS, clock, `resolving ${host}`);
    return pass(`${host} is ${found.join(', ')}`);
  } catch (error) {
    return fail(
      `${host} cannot be resolved: ${describeError(error)}`,
      'See whether the network is up and which server it asks (/etc/resolv.conf), or name the hub in /etc/hosts.',
    );
  }
}

const hostsOf = (addresses: readonly string[]) =>
  [...new Set(addresses.map((address) => new URL(address).hostname.replace(/^\[|\]$/g, '')))].filter(
    (host) => isIP(host) === 0,
  );
