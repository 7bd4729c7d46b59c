import type { DeviceIdentity } from './identity.ts';

/** Where the hub may be: all addresses in the order of trying, and which of them it no longer names. */
export type HubAddresses = Pick<DeviceIdentity, 'addresses' | 'former'>;

const MOST_FORMER = 8;

export const isHttps = (address: string) => address.startsWith('https://');

export const isUsable = (address: string) => /^(https|mqtts):\/\//.test(address) && URL.canParse(address);

/**
 * What to try once the hub names these addresses: them first, and behind them those of before, until one of the new
 * has answered. Undefined when nothing changes, or when none of them answers HTTPS, which no device can do without.
 */
export function movedTo(
  { addresses, former = [] }: HubAddresses,
  named: readonly string[],
): HubAddresses | undefined {
  const wanted = named.filter(isUsable);
  const present = addresses.filter((address) => !former.includes(address));
  if (!wanted.some(isHttps) || wanted.join() === present.join()) return undefined;
  const left = addresses.filter((address) => !wanted.includes(address)).slice(0, MOST_FORMER);
  return { addresses: [...wanted, ...left], former: left };
}

/**
 * What to try once the hub, asked at an `https://` address, has said at which port of that host it takes MQTT over TLS
 * (Alt-Svc, RFC 7838 §3, with the protocol id `mqtt`). Undefined when nothing changes.
 */
export function mqttAt(
  { addresses, former = [] }: HubAddresses,
  address: string,
  altSvc = '',
): HubAddresses | undefined {
  const port = /(?:^|,)\s*mqtt=":(\d{1,5})"/.exec(altSvc)?.[1];
  const { hostname } = new URL(address);
  const beside = `mqtts://${hostname}:${port}`;
  if (port === undefined || !URL.canParse(beside) || addresses.includes(beside)) return undefined;
  const isStale = (one: string) => one.startsWith(`mqtts://${hostname}:`);
  return {
    addresses: [...addresses.filter((one) => !isStale(one)), beside],
    former: former.filter((one) => !isStale(one)),
  };
}

/** What to try once the hub was reached there. Undefined when nothing changes. */
export function reachedAt(
  { addresses, former = [] }: HubAddresses,
  address: string,
): HubAddresses | undefined {
  if (former.length === 0 || former.includes(address)) return undefined;
  return { addresses: addresses.filter((one) => !former.includes(one)), former: [] };
}

/** What to try where it is not known which of two lists is right: of the other what this one lacks, until one has answered. */
export function orAt({ addresses, former = [] }: HubAddresses, others: readonly string[]): HubAddresses {
  const more = others.filter((one) => !addresses.includes(one)).slice(0, MOST_FORMER);
  return { addresses: [...addresses, ...more], former: [...former, ...more] };
}
