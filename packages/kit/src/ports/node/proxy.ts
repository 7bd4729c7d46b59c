export type Env = Readonly<Record<string, string | undefined>>;

/** A host and a port, as a URL of any scheme names them; an IPv6 address without its brackets. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Who passes our connections on. */
export interface HttpProxy extends Endpoint {
  /** Speaks TLS itself. */
  readonly secure: boolean;
  /** `Proxy-Authorization` (RFC 7617), from the address's user and password. Secret. */
  readonly authorization: string | undefined;
}

const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'mqtts:': 8883 };

/** 443 where neither the URL nor its scheme says another port. */
export const endpointOf = ({ hostname, port, protocol }: URL): Endpoint => ({
  host: hostname.replace(/^\[|\]$/g, ''),
  port: Number(port || (defaultPorts[protocol] ?? 443)),
});

/** Name and value of the setting that names a proxy, as curl reads it. */
export function proxySetting(env: Env): { name: string; value: string } | undefined {
  const name = ['HTTPS_PROXY', 'https_proxy'].find((one) => env[one]);
  return name === undefined ? undefined : { name, value: env[name]! };
}

/** Undefined when the text is no address of a proxy: `[http://][USER:PASSWORD@]HOST:PORT`, or `https:`. */
export function parseProxy(text: string): HttpProxy | undefined {
  const whole = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') return undefined;
  return { ...endpointOf(url), secure: url.protocol === 'https:', authorization: authorizationOf(url) };
}

function authorizationOf({ username, password }: URL): string | undefined {
  if (username === '') return undefined;
  const pair = `${percentDecoded(username)}:${percentDecoded(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** What stands in a URL as user or password; as it is where a `%` of it encodes nothing (RFC 3986 §2.1). */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `NO_PROXY`: names of hosts, ends of names with or without a dot in front, with or without a port; `*` for all. */
export function goesAround({ host, port }: Endpoint, env: Env): boolean {
  const listed = (env.NO_PROXY ?? env.no_proxy ?? '').split(/[\s,]+/).filter((item) => item !== '');
  return listed.some((item) => {
    if (item === '*' || item === host) return true;
    const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(item) ?? [];
    const bare = name.replace(/^\*?\./, '').replace(/^\[|\]$/g, '');
    if (only !== undefined && Number(only) !== port) return false;
    return host === bare || host.endsWith(`.${bare}`);
  });
}

/** The proxy on the way to `to`; undefined when none is set, none can be read, or the way goes around it. */
export function proxyFor(to: Endpoint, env: Env): HttpProxy | undefined {
  const setting = proxySetting(env);
  return setting && !goesAround(to, env) ? parseProxy(setting.value) : undefined;
}
