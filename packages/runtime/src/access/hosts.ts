import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** Names and addresses by which clients may ask this machine: its own, mDNS's, and loopback. */
export function hostsOfMachine(): string[] {
  const name = hostname().toLowerCase();
  const first = name.split('.')[0]!;
  return [...new Set([name, `${first}.local`, 'localhost', '127.0.0.1', '::1', ...lanAddresses()])];
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** What to write into an address for others: where it listens everywhere, an address of the machine on its network. */
export function reachableHost(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  const addresses = lanAddresses();
  return addresses.find((address) => !address.includes(':')) ?? addresses[0] ?? '127.0.0.1';
}

/** Without those that are valid only together with the name of an interface. */
function lanAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
    .map(({ address }) => address);
}
