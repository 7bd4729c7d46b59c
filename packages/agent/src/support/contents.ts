import { X509Certificate } from 'node:crypto';
import { type Disk, describeError } from '@skerry/kit';
import { openOutboxReader } from '@skerry/kit/outbox';
import { findingText } from '../check/check-text.ts';
import type { Finding } from '../check/finding.ts';
import { known, type Site } from '../check/site.ts';
import { logPaths, parts } from '../logs/log-paths.ts';

/** A file of the bundle, before secrets were taken out of it. */
export type Content =
  | { readonly name: string; readonly json: unknown }
  | { readonly name: string; readonly lines: string };

export interface Collecting {
  readonly site: Site;
  readonly findings: readonly Finding[];
  readonly system: unknown;
  readonly agentVersion: string;
}

/** Of each log file, its end. */
const MAX_LOG_BYTES = 4 * 1024 * 1024;
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
const MAX_FILES = 5_000;

/** All that helps somebody who is not there. No message that the device recorded, no model, no key is in it. */
export async function collect({ site, findings, system, agentVersion }: Collecting): Promise<Content[]> {
  const { disk, clock } = site.ports;
  const identity = known(site.identity);
  return [
    { name: 'about.json', json: { agentVersion, madeAt: new Date(clock.now()).toISOString(), system } },
    { name: 'check.json', json: findings },
    { name: 'check.txt', lines: findings.map((finding) => `${findingText(finding, false)}\n`).join('') },
    { name: 'identity.json', json: identity && identityFacts(identity) },
    {
      name: 'status.json',
      json: site.mute === undefined ? site.running : { unreadable: describeError(site.mute) },
    },
    { name: 'state.json', json: known(site.state) },
    { name: 'desired.json', json: desiredOf(site) },
    await orWhy('events.jsonl', async () => ({ lines: await waitingEvents(site) })),
    await orWhy('files.json', async () => ({ json: await filesOf(site) })),
    ...(await logsOf(disk, site.folder)),
  ];
}

/** A bundle is wanted where something is wrong: what cannot be read does not keep the rest from who helps. */
async function orWhy(
  name: string,
  read: () => Promise<{ lines: string } | { json: unknown }>,
): Promise<Content> {
  try {
    return { name, ...(await read()) };
  } catch (error) {
    return { name, lines: `${JSON.stringify({ unreadable: describeError(error) })}\n` };
  }
}

function identityFacts({
  key: _key,
  chain,
  root,
  ...facts
}: NonNullable<Extract<Site['identity'], { value: unknown }>['value']>) {
  const certificates = [...chain, root].map((pem) => {
    const { subject, issuer, subjectAltName, serialNumber, validFrom, validTo, fingerprint256 } =
      new X509Certificate(pem);
    return { subject, issuer, subjectAltName, serialNumber, validFrom, validTo, fingerprint256 };
  });
  return { ...facts, certificates };
}

function desiredOf({ desired }: Site): unknown {
  const kept = known(desired);
  if (!kept) return undefined;
  const { etag, verifiedAt, statement, body } = kept;
  return { etag, verifiedAt, statement, body };
}

/** The device's own events that the hub has not yet taken. */
async function waitingEvents({ folder, ports }: Site): Promise<string> {
  const reader = openOutboxReader({ ...ports, folder: `${folder}/outbox/agent/event` });
  try {
    const range = await reader.range();
    if (!range) return '';
    const { records } = await reader.read(range.first, MAX_EVENT_BYTES);
    return records.map(({ payload }) => `${Buffer.from(payload)}\n`).join('');
  } finally {
    await reader.close();
  }
}

/** Names, sizes and permissions of the state folder. */
async function filesOf({ folder, ports: { disk, probes } }: Site): Promise<unknown[]> {
  const found: unknown[] = [];
  const walk = async (path: string) => {
    for (const { name, size, kind } of await disk.list(`${folder}/${path}`)) {
      if (found.length >= MAX_FILES) return;
      const inner = path === '' ? name : `${path}/${name}`;
      const owned = await probes.owned(`${folder}/${inner}`);
      found.push({ path: inner, kind, size, mode: owned?.mode.toString(8), user: owned?.user });
      if (kind === 'folder') await walk(inner);
    }
  };
  await walk('');
  return found;
}

async function logsOf(disk: Disk, folder: string): Promise<Content[]> {
  const contents: Content[] = [];
  for (const path of parts.flatMap((part) => logPaths[part](folder))) {
    const size = (await disk.stat(path))?.size;
    if (size === undefined) continue;
    const name = `logs/${path.slice(path.lastIndexOf('/') + 1)}`;
    contents.push(await orWhy(name, async () => ({ lines: await endOf(disk, path, size) })));
  }
  return contents;
}

async function endOf(disk: Disk, path: string, size: number): Promise<string> {
  const file = await disk.openRead(path);
  const from = Math.max(0, size - MAX_LOG_BYTES);
  const bytes = await file.read(from, Math.min(size, MAX_LOG_BYTES)).finally(() => file.close());
  return Buffer.from(bytes).toString();
}
