import { setTimeout as sleep } from 'node:timers/promises';
import { type Hub, startHub } from './hub.ts';
import { openSite, places, type Site } from './site.ts';

export interface Row {
  readonly site: Site;
  /** Results of it that the hub holds, when it was last asked. */
  readonly atHub: number;
}

/** Hub and sites, looked at again and again. */
export interface Fleet {
  readonly hub: Hub;
  readonly rows: readonly Row[];
  site(name: string): Row;
  /** Looks on until that is so; throws after so many seconds. */
  until(what: string, isSo: () => boolean, seconds?: number): Promise<void>;
}

export interface Surroundings {
  readonly folder: string;
  readonly started: AsyncDisposableStack;
  readonly end: AbortSignal;
}

const lookMs = 400;

/** Whatever is started is ended by `started`. Once `end` is aborted, nothing is waited for any more. */
export async function startFleet(
  { folder, started, end }: Surroundings,
  say: (text: string) => void,
): Promise<Fleet> {
  say('Starting a hub, pushing two models, applying fleet.yaml.');
  const hub = await startHub(folder, started);
  say('Joining a device at each of three sites.');
  const sites = await Promise.all(places.map((place) => openSite(folder, place, hub, started)));
  const counts = new Map<Site, number>();
  let over = false;
  const look = async (site: Site) => {
    await site.look();
    counts.set(site, await hub.count(site.place.name).catch(() => counts.get(site) ?? 0));
  };
  const looking = (async () => {
    while (!over) await Promise.all([sleep(lookMs), ...sites.map(look)]);
  })();
  started.defer(async () => {
    over = true;
    await looking;
  });
  const rowOf = (site: Site): Row => ({ site, atHub: counts.get(site) ?? 0 });
  return {
    hub,
    get rows() {
      return sites.map(rowOf);
    },
    site: (name) => rowOf(sites.find(({ place }) => place.name === name)!),
    async until(what, isSo, seconds = 60) {
      const deadline = performance.now() + seconds * 1000;
      while (!isSo()) {
        end.throwIfAborted();
        if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
        await sleep(100);
      }
    },
  };
}
