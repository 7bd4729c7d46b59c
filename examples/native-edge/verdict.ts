import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet, Row } from './fleet.ts';
import type { Site } from './site.ts';

/** What became of one site's frames: the camera's own ledger beside what the hub holds. */
export interface SiteVerdict {
  readonly site: string;
  readonly asked: number;
  readonly answered: number;
  readonly recorded: number;
  readonly held: number;
  readonly lost: number;
  readonly twice: number;
}

const patienceMs = 20_000;

/** Stops the cameras, calls in what waits, and compares. */
export async function judgeAll({ hub, rows, until }: Fleet): Promise<SiteVerdict[]> {
  const judge = async ({ site }: Row): Promise<SiteVerdict> => {
    const { place, asked, answered } = site;
    const recorded = await site.stopCamera();
    await callIn(site, until);
    const end = performance.now() + patienceMs;
    for (;;) {
      const held = await hub.results(place.name);
      const present = new Set(held);
      const lost = recorded.filter((id) => !present.has(id)).length;
      const verdict = {
        recorded: recorded.length,
        held: held.length,
        lost,
        twice: held.length - present.size,
      };
      if (lost === 0 || performance.now() > end) return { site: place.name, asked, answered, ...verdict };
      await sleep(200);
    }
  };
  return Promise.all(rows.map(judge));
}

/**
 * Tower and ship would gather for longer: whoever meets the hub anew says at once all that it has, so their cables
 * are pulled and plugged. Who was away for long would try again only in minutes: a restart tries at once.
 */
async function callIn(site: Site, until: Fleet['until']): Promise<void> {
  const { place, cable } = site;
  const wasAway = site.status?.connected === false;
  if (place.network !== 'wired' && cable.plugged && !wasAway) {
    cable.pull();
    await until(`the ${place.name} notices`, () => site.status?.connected === false);
  }
  cable.plug();
  if (wasAway) await site.restartAgent();
  await until(`the ${place.name} meets its hub`, () => site.status?.connected === true);
}
