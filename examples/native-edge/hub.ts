import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { skerryJson, startSkerry } from './commands.ts';

interface Ready {
  readonly api: string;
  readonly fingerprint: string;
  readonly adminTokenFile: string;
}

/** The fleet's hub, and what the example asks of it. */
export interface Hub {
  readonly api: string;
  /** A token with which one device joins at a site. */
  token(site: string, labels: readonly string[]): Promise<string>;
  /** Ids of all results of a device that the hub holds, repeats included. */
  results(device: string): Promise<string[]>;
  /** How many there are. */
  count(device: string): Promise<number>;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Starts the hub, pushes two models and applies the fleet file: what a person would do by hand. */
export async function startHub(folder: string, started: AsyncDisposableStack): Promise<Hub> {
  const anywhere = '127.0.0.1:0';
  const listen = ['--listen', anywhere, '--devices-listen', anywhere, '--mqtt-listen', anywhere];
  const service = startSkerry(
    ['hub', 'run', '--data', join(folder, 'hub'), '--advertise', '127.0.0.1', ...listen],
    {},
  );
  started.defer(() => service.stop());
  const { api, fingerprint, adminTokenFile } = (await service.ready) as Ready;
  const env = { XDG_CONFIG_HOME: join(folder, 'config') };
  const run = <T>(...args: string[]) => skerryJson<T>(args, { env });
  await run('login', api, '--fingerprint', fingerprint, '--token-file', adminTokenFile);
  await Promise.all([
    run('model', 'push', here('../meter-reading/model'), '--name', 'digits'),
    run('model', 'push', here('../edge-cloud/models/tiny.onnx'), '--name', 'tiny'),
  ]);
  await run('apply', here('./fleet.yaml'), '--yes');
  const authorization = `Bearer ${(await readFile(adminTokenFile, 'utf8')).trim()}`;
  const get = async <T>(path: string): Promise<T> => {
    const url = `${api}/api/v1/projects/default/devices/${path}`;
    const response = await fetch(url, { headers: { authorization }, signal: AbortSignal.timeout(5_000) });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return (await response.json()) as T;
  };
  return {
    api,
    async token(site, labels) {
      const wish = ['--name', site, '--site', site, ...labels.flatMap((label) => ['-l', label])];
      return (await run<{ token: string }>('device', 'token', ...wish)).token;
    },
    results: (device) => readResults(get, device),
    async count(device) {
      const { items } = await get<{ items: { stream: string; distinct: number }[] }>(`${device}/streams`);
      return items
        .filter(({ stream }) => stream === 'result')
        .reduce((sum, { distinct }) => sum + distinct, 0);
    },
  };
}

interface Page {
  readonly items: readonly { readonly event: { readonly id: string } }[];
  readonly next?: string;
}

async function readResults(get: <T>(path: string) => Promise<T>, device: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after = ''; ; ) {
    const page = await get<Page>(`${device}/messages?stream=result&limit=5000${after}`);
    if (page.items.length === 0) return ids;
    ids.push(...page.items.map(({ event }) => event.id));
    after = `&after=${page.next}`;
  }
}
