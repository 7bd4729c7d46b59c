import { type Disk, describeError } from '@skerry/kit';
import { bytesText } from './figures.ts';
import { type Found, fail, pass, warn } from './finding.ts';
import type { Site } from './site.ts';

const MIB = 2 ** 20;
/** What the agent leaves free for what must be written come what may. */
const RESERVE_BYTES = 64 * MIB;
const LITTLE_BYTES = 512 * MIB;
const ALMOST_FULL = 0.9;

/** The disk below the state folder: room, and whether it takes what is written. */
export async function checkDisk({ folder, ports: { disk } }: Site): Promise<Found[]> {
  const free = await disk.freeBytes(folder);
  const room = `${bytesText(free)} are free for ${folder}`;
  const written = await tryToWrite(disk, `${folder}/check.tmp`);
  return [written, ofRoom(free, room)].filter((found) => found !== undefined);
}

function ofRoom(free: number, room: string): Found {
  const next =
    'Make room: look for what grows (`du -xh --max-depth=2`), or move the state folder to a larger disk.';
  if (free < RESERVE_BYTES) return fail(`${room}: nothing more can be pulled, and soon nothing kept`, next);
  return free < LITTLE_BYTES ? warn(room, next) : pass(room);
}

async function tryToWrite(disk: Disk, path: string): Promise<Found | undefined> {
  try {
    await disk.writeAtomic(path, 'The agent’s check was here.\n');
    await disk.remove(path);
    return undefined;
  } catch (error) {
    return fail(
      `nothing can be written: ${describeError(error)}`,
      'See whether the disk is full, worn out or mounted read-only (`mount`, `dmesg`), and whether the folder is yours.',
    );
  }
}

/** The outbox’s folder against its quota; what the hub has had is in it too, until a whole segment can go. */
export async function checkOutbox({ folder, running, outboxQuota, ports: { disk } }: Site): Promise<Found[]> {
  const quota = running?.reported?.outbox?.quota ?? outboxQuota;
  const used = await bytesIn(disk, `${folder}/outbox`);
  const free = await disk.freeBytes(folder);
  const words = `${bytesText(used)} of ${bytesText(quota)} are used`;
  const found =
    used < quota * ALMOST_FULL ? pass(words) : fullness(used >= quota || isMakingRoom(running), words);
  if (used + free >= quota) return [found];
  return [
    found,
    warn(
      `the disk has no room for the outbox’s quota of ${bytesText(quota)}`,
      'Make room, or run the agent with a smaller --outbox-quota.',
    ),
  ];
}

/** Whether the runtime gives up messages for want of room. */
const isMakingRoom = (running: Site['running']) =>
  running?.reported?.outbox?.drops?.some(({ reason, count }) => reason === 'quota' && count > 0) ?? false;

function fullness(isFull: boolean, words: string): Found {
  const next = 'Let the device reach its hub, or run the agent with a larger --outbox-quota.';
  return isFull
    ? fail(`${words}: the oldest of the least urgent make room for new ones`, next)
    : warn(words, next);
}

async function bytesIn(disk: Disk, folder: string): Promise<number> {
  let total = 0;
  for (const { name, size, kind } of await disk.list(folder))
    total += kind === 'folder' ? await bytesIn(disk, `${folder}/${name}`) : size;
  return total;
}
