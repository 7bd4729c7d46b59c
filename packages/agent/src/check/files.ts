import { type Found, fail, pass, warn } from './finding.ts';
import type { Owned } from './probes.ts';
import type { Site } from './site.ts';

/** What holds keys, hashes of keys, or both. */
const secret = /^(?:identity|serving)(?:\/|$)|^agent\.db/;
const FOR_OTHERS = 0o077;
/** Entries of the state folder that are looked at. */
const MAX_ENTRIES = 20_000;
const MAX_NAMED = 5;

interface Entry extends Owned {
  /** From the state folder; empty for itself. */
  readonly path: string;
}

/** Files of the state folder: whose they are, and who may read them. */
export async function checkFiles(site: Site): Promise<Found[]> {
  const { folder, ports } = site;
  const root = await ports.probes.owned(folder);
  const unfit = unfitFolder(folder, root, ports.probes.user);
  if (unfit || !root) return unfit ? [unfit] : [];
  const entries = await entriesOf(site, root);
  const faults = [...ofOwners(folder, entries, root.user), ...ofModes(folder, entries)];
  return faults.length > 0 ? faults : [pass(`${folder} and what is in it belong to the agent’s user alone`)];
}

function unfitFolder(folder: string, root: Owned | undefined, user: number | undefined): Found | undefined {
  if (!root)
    return fail(
      `there is no state folder ${folder}`,
      'Join a hub: `skerry agent join -`, or name the folder with --state.',
    );
  if (root.kind !== 'folder') return fail(`${folder} is no folder`, 'Name the state folder with --state.');
  if (user === undefined || user === 0 || user === root.user) return undefined;
  return fail(
    `${folder} belongs to user ${root.user}, and this is user ${user}`,
    'Check, and run the agent, as the user that the folder belongs to.',
  );
}

/** Folder by folder from the top, where the keys are; a file that goes away meanwhile is left out. */
async function entriesOf({ folder, ports: { disk, probes } }: Site, root: Owned): Promise<Entry[]> {
  const entries: Entry[] = [{ path: '', ...root }];
  for (const { path, kind } of entries) {
    if (kind !== 'folder') continue;
    for (const { name } of await disk.list(`${folder}/${path}`)) {
      if (entries.length >= MAX_ENTRIES) return entries;
      const inner = path === '' ? name : `${path}/${name}`;
      const found = await probes.owned(`${folder}/${inner}`);
      if (found) entries.push({ path: inner, ...found });
    }
  }
  return entries;
}

function ofOwners(folder: string, entries: readonly Entry[], owner: number | undefined): Found[] {
  const others = entries.filter((entry) => entry.user !== owner);
  if (others.length === 0) return [];
  return [
    fail(
      `not of user ${owner}, whose the folder is: ${named(others)}`,
      `Give it back: chown -R ${owner} ${folder}`,
    ),
  ];
}

function ofModes(folder: string, entries: readonly Entry[]): Found[] {
  const open = entries.filter(({ mode }) => (mode & FOR_OTHERS) !== 0);
  const isGrave = ({ path }: Entry) => path === '' || secret.test(path);
  const grave = open
    .filter(isGrave)
    .map((entry) =>
      fail(
        `${pathOf(folder, entry)} is open to other users (${octal(entry.mode)})`,
        `Close it: chmod ${octal(entry.mode & ~FOR_OTHERS)} ${pathOf(folder, entry)}${whenRead(entry)}`,
      ),
    );
  const rest = open.filter((entry) => !isGrave(entry));
  if (rest.length === 0) return grave;
  return [
    ...grave,
    warn(
      `open to other users, were it not for the folder around: ${named(rest)}`,
      `Close them: chmod -R go= ${folder}`,
    ),
  ];
}

const whenRead = ({ path }: Entry) =>
  /^identity\/key\.pem(\.copy)?$/.test(path)
    ? '; if anybody may have read it, revoke the device and join again'
    : '';

const pathOf = (folder: string, { path }: Entry) => (path === '' ? folder : `${folder}/${path}`);
const octal = (mode: number) => mode.toString(8).padStart(4, '0');

function named(entries: readonly Entry[]): string {
  const names = entries.slice(0, MAX_NAMED).map(({ path }) => path);
  return entries.length > MAX_NAMED
    ? `${names.join(', ')} and ${entries.length - MAX_NAMED} more`
    : names.join(', ');
}
