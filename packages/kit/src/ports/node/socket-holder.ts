import { readdir, readFile, readlink, stat } from 'node:fs/promises';

/** A line of proc_net(5), `/proc/net/unix`, of a socket that listens (`SO_ACCEPTCON`): its number, and its path. */
const LISTENING = /^\S+ \S+ \S+ 00010000 \S+ \S+ +(\d+) (.*)$/;

/** See `Processes.listeningOn`. */
export async function socketHolder(path: string): Promise<number | undefined> {
  const links = await listeningSockets(path);
  if (links.size === 0) return undefined;
  for (const name of await readdir('/proc')) {
    if (/^\d+$/.test(name) && (await holdsOne(name, links)) && (await meansSameFile(name, path)))
      return Number(name);
  }
  return undefined;
}

/** As the descriptors of their holders show them. */
async function listeningSockets(path: string): Promise<ReadonlySet<string>> {
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => '');
  const found = table.split('\n').map((line) => LISTENING.exec(line));
  return new Set(found.filter((it) => it?.[2] === path).map((it) => `socket:[${it?.[1]}]`));
}

async function holdsOne(pid: string, links: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => []);
  const held = await Promise.all(descriptors.map((it) => readlink(`${folder}/${it}`).catch(() => '')));
  return held.some((link) => links.has(link));
}

/** The path is another file to a process in a container, which may have our network nevertheless. */
async function meansSameFile(pid: string, path: string): Promise<boolean> {
  const [theirs, ours] = await Promise.all([fileAt(`/proc/${pid}/root${path}`), fileAt(path)]);
  return theirs !== undefined && theirs === ours;
}

const fileAt = (path: string): Promise<string | undefined> =>
  stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => undefined,
  );
