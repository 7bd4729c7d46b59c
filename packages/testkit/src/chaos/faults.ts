import { execFile } from 'node:child_process';
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MovedClock } from '../moved-clock.ts';
import type { NetworkLink } from '../network-link.ts';
import type { SmallDisk } from '../small-disk.ts';
import type { Fleet } from './fleet.ts';

const run = promisify(execFile);

/** Something that befalls one place for a while. */
export interface Fault {
  readonly kind: string;
  readonly place: string;
  /** `size`: from 0 to 1. */
  begin(size: number): Promise<void>;
  /** What shows that it has taken effect; undefined while nothing does. */
  proof(): Promise<string | undefined>;
  end(): Promise<void>;
}

/** All that can be done to this fleet on this machine. */
export function faultsOf({ devices, hubDisk }: Fleet): Fault[] {
  return [
    ...(hubDisk ? [fullDisk('disk of the hub full', 'hub', hubDisk)] : []),
    ...devices.flatMap(({ agent: { name }, link, clock, disk }) => [
      ...(disk ? [fullDisk('disk of a device full', name, disk)] : []),
      ...(clock ? [wrongClock(name, clock)] : []),
      ...(link ? badLinks(name, link) : []),
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
    ...{ kind, place, begin, end: link.mend },
    proof: async () => shows(await link.ping(pings)) || undefined,
  });
  return [
    fault('link cut', link.cut, 1, ({ lost }) => lost === 1 && 'a ping got no answer'),
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

const hourMs = 3_600_000;
const jumps = [-56 * 365 * 24, 400 * 24, -24, 1, -1, 31 * 24].map((hours) => hours * hourMs);

function wrongClock(place: string, clock: MovedClock): Fault {
  let offset = 0;
  return {
    kind: 'clock moved',
    place,
    async begin(size) {
      offset = jumps[Math.min(jumps.length - 1, Math.floor(size * jumps.length))]!;
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

const mebibyte = 2 ** 20;

function fullDisk(kind: string, place: string, { folder }: SmallDisk): Fault {
  const ballast = join(folder, 'ballast');
  const probe = join(folder, 'probe');
  return {
    kind,
    place,
    begin: () => fill(ballast),
    async proof() {
      const code = await writeFile(probe, Buffer.alloc(65_536)).then(
        () => undefined,
        (error: NodeJS.ErrnoException) => error.code,
      );
      await rm(probe, { force: true });
      if (code === 'ENOSPC') return 'a write of 64 KiB failed with ENOSPC';
      // Space was given back meanwhile.
      await fill(ballast);
      return undefined;
    },
    end: () => rm(ballast, { force: true }),
  };
}

/** Appends until nothing more fits. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    for (let size = mebibyte; size >= 4096; size /= 16) await appendAll(file, Buffer.alloc(size));
  } finally {
    await file.close();
  }
}

async function appendAll(file: Awaited<ReturnType<typeof open>>, piece: Buffer): Promise<void> {
  try {
    for (;;) await file.write(piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
