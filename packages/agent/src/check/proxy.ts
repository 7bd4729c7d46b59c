import { endpointOf, goesAround, parseProxy, proxySetting } from '@skerry/kit/node';
import { type Found, pass, warn } from './finding.ts';
import { known, type Site } from './site.ts';

/** Name of the setting by which the way to an address goes through a proxy; undefined where it goes directly. */
export function proxySettingFor(address: URL, env: Site['env']): string | undefined {
  const setting = proxySetting(env);
  const isUsed = setting && parseProxy(setting.value) && !goesAround(endpointOf(address), env);
  return isUsed ? setting.name : undefined;
}

/** Proxy settings of the environment: whether they can be read, and which of the hub's addresses they concern. */
export async function checkProxy({ env, identity }: Site): Promise<Found[]> {
  const setting = proxySetting(env);
  if (!setting) return [pass('no proxy is set (HTTPS_PROXY)')];
  const { name, value } = setting;
  const proxy = parseProxy(value);
  if (!proxy)
    return [
      warn(
        `${name} is not the address of a proxy, and the agent does without`,
        `Write it as ${name}=http://proxy.example.com:3128`,
      ),
    ];
  const addresses = known(identity)?.addresses ?? [];
  const around = addresses.filter((address) => goesAround(endpointOf(new URL(address)), env));
  const except = around.length > 0 ? `, but not for ${around.join(', ')} (NO_PROXY)` : '';
  return [pass(`${name} names ${proxy.host}:${proxy.port}${except}`)];
}
