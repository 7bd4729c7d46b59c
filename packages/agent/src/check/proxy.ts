import { type Found, pass, warn } from './finding.ts';
import { known, type Site } from './site.ts';

type Env = Site['env'];

/** Proxy settings of the environment: whether they can be read, and which of the hub's addresses they concern. */
export async function checkProxy({ env, identity }: Site): Promise<Found[]> {
  const named = ['HTTPS_PROXY', 'https_proxy'].find((name) => env[name]);
  if (named === undefined) return [pass('no proxy is set (HTTPS_PROXY)')];
  const proxy = proxyOf(env[named] ?? '');
  if (!proxy)
    return [
      warn(`${named} is not the address of a proxy`, `Write it as ${named}=http://proxy.example.com:3128`),
    ];
  const around = (known(identity)?.addresses ?? []).filter((address) => goesAround(new URL(address), env));
  const except = around.length > 0 ? `, but not for ${around.join(', ')} (NO_PROXY)` : '';
  return [pass(`${named} names ${proxy.host}${except}`)];
}

function proxyOf(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^https?:$/.test(url.protocol) && url.hostname !== '' ? url : undefined;
}

/** `NO_PROXY`: names of hosts, ends of names with or without a dot in front, with or without a port; `*` for all. */
function goesAround({ hostname, port }: URL, env: Env): boolean {
  const listed = (env.NO_PROXY ?? env.no_proxy ?? '').split(/[\s,]+/).filter((item) => item !== '');
  return listed.some((item) => {
    const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(item) ?? [];
    const bare = name.replace(/^\*?\./, '');
    if (only !== undefined && only !== (port || '443')) return false;
    return item === '*' || hostname === bare || hostname.endsWith(`.${bare}`);
  });
}
