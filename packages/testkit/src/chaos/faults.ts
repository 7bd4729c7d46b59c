import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { MovedClock } from '../moved-clock.ts';
import type { NetworkLink } from '../network-link.ts';
import type { Fault } from './fault.ts';
import type { Fleet } from './fleet.ts';
import { fullDisk } from './full-disk.ts';
import { drawn } from './plan.ts';

const run = promisify(execFile);

/** All that can be done to this fleet on this machine. */
export function faultsOf({ devices, hubDisk, hubClock }: Fleet): Fault[] {
  return [
    ...(hubClock ? [wrongClock('clock of the hub moved', 'hub', hubClock, hubJumps)] : []),
    ...(hubDisk ? [fullDisk('disk of the hub full', 'hub', hubDisk)] : []),
    ...devices.flatMap(({ agent: { name }, isCramped, link, clock, disk }) => [
      ...(disk ? [fullDisk('disk of a device full', name, disk)] : []),
      ...(clock ? [wrongClock('clock of a device moved', name, clock, jumps)] : []),
      ...(link ? badLinks(name, link) : []),
      ...(link && isCramped ? [cutLink('link cut for long', name, link, 12)] : []),
    ]),
  ];
}

function badLinks(place: string, link: NetworkLink): Fault[] {
  const fault = (
    kind: string,
    begin: Fault['begin'],
    pings: number,
    shows: (seen: { lost: number; slowestMs: number }) => string | false,
  ): Fault => ({
    ...{ kind, place, thing: `link of ${place}`, begin, end: link.mend },
    proof: async () => shows(await link.ping(pings)) || undefined,
  });
  return [
    cutLink('link cut', place, link),
    fault(
      'link loses packets',
      (size) => link.lose(10 + Math.round(size * 30)),
      20,
      ({ lost }) => lost > 0 && lost < 20 && `${lost} of 20 pings lost`,
    ),
    fault(
      'link slow',
      (size) => link.slow(64 + Math.round(size * 192)),
      10,
      ({ slowestMs }) => slowestMs > 20 && `a ping of 1,000 bytes took ${Math.round(slowestMs)} ms`,
    ),
  ];
}

function cutLink(kind: string, place: string, { cut, mend, ping }: NetworkLink, lasts?: number): Fault {
  const proof = async () => ((await ping(1)).lost === 1 ? 'a ping got no answer' : undefined);
  return { kind, place, thing: `link of ${place}`, ...(lasts && { lasts }), begin: cut, proof, end: mend };
}

const hourMs = 3_600_000;
/** A hub's time is believed by its fleet, so it is not moved by more than a person who sets it might. */
const hubJumps = [-1, 1].map((hours) => hours * hourMs);
const jumps = [-56 * 365 * 24, 400 * 24, -24, 1, -1, 31 * 24].map((hours) => hours * hourMs);

function wrongClock(kind: string, place: string, clock: MovedClock, offsets: readonly number[]): Fault {
  let offset = 0;
  return {
    ...{ kind, place, thing: `clock of ${place}` },
    async begin(size) {
      offset = drawn(offsets, size)!;
      await clock.move(offset);
    },
    async proof() {
      const { stdout } = await run('date', ['+%s'], { env: { ...process.env, ...clock.env } });
      const seen = Number(stdout) * 1000 - Date.now();
      const date = new Date(Number(stdout) * 1000).toISOString();
      return Math.abs(seen - offset) < 5_000 ? `a process there says ${date}` : undefined;
    },
    end: () => clock.move(0),
  };
}
