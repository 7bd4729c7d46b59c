import { isWildcard } from '../api/listen.ts';

export interface Listening {
  readonly devicesListen: { readonly host: string };
  readonly mqttListen: { readonly host: string; readonly port: number };
}

export interface Ports {
  readonly port: number;
  readonly mqttPort: number;
}

/** `hub.example.com`, `[::1]`, `192.0.2.7`, `https://hub.example.com:443` or `mqtts://hub.example.com`. */
export function isAdvertisable(text: string): boolean {
  if (!text.includes('://')) return URL.canParse(`https://${bracketed(text)}`) && !/[/@?#]/.test(text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^(https|mqtts):$/.test(url.protocol) && url.hostname !== '' && isBare(url);
}

const isBare = ({ pathname, search, hash, username, password }: URL) =>
  /^\/?$/.test(pathname) && search + hash + username + password === '';

/** A host stands for both of its ports; a URL for itself, as where a port is mapped to another. */
export function advertisedAddresses(advertise: readonly string[], { port, mqttPort }: Ports): string[] {
  const addresses = advertise.flatMap((text) => {
    if (text.includes('://')) return [text.replace(/\/$/, '')];
    const host = bracketed(text);
    return [`https://${host}:${port}`, `mqtts://${host}:${mqttPort}`];
  });
  return [...new Set(addresses)];
}

/**
 * Where nothing is advertised: the port of MQTT over TLS beside that of the device port, on whichever host a device
 * reached. Undefined where it is another port at every start, or on another of this machine's addresses.
 */
export function mqttBeside({ devicesListen, mqttListen }: Listening): number | undefined {
  const isSameHost = isWildcard(mqttListen.host) || mqttListen.host === devicesListen.host;
  return isSameHost && mqttListen.port !== 0 ? mqttListen.port : undefined;
}

/** Host names and addresses alone, without brackets. */
export function advertisedHosts(advertise: readonly string[]): string[] {
  const hosts = advertise.map((text) => (text.includes('://') ? new URL(text).hostname : text));
  return [...new Set(hosts.map((host) => host.replace(/^\[|\]$/g, '')))];
}

const bracketed = (host: string) => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);
