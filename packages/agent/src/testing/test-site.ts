import { createPrivateKey } from 'node:crypto';
import {
  canonicalJson,
  desiredPayloadType,
  digestOf,
  filepathAnnotation,
  mediaTypes,
  signEnvelope,
} from '@skerry/contracts';
import { SkerryError, writeWithCopy } from '@skerry/kit';
import { type ManualClock, type MemoryDisk, manualClock, memoryDisk } from '@skerry/kit/testing';
import type { AgentStatus } from '../agent.ts';
import { pathsIn } from '../artifacts/paths.ts';
import type { Owned, Probes, StateCopy } from '../check/probes.ts';
import { lookAround, type Site } from '../check/site.ts';
import { writeIdentity, writeKey } from '../identity/kept-identity.ts';
import { type TestAuthority, testAuthority } from './authority.ts';

const ids = {
  hubId: '01900000-0000-7000-8000-000000000001',
  projectId: '01900000-0000-7000-8000-000000000002',
  deviceId: '01900000-0000-7000-8000-000000000003',
};
const DAY = 86_400_000;
const folder = '/state';

/** A device that the checks look at: well, until a test makes it ill. Nothing of it is on a real disk. */
export interface TestSite {
  readonly folder: string;
  readonly ids: typeof ids;
  readonly disk: MemoryDisk;
  readonly clock: ManualClock;
  readonly authority: TestAuthority;
  /** What `owned` says instead, by path. */
  readonly owned: Map<string, Owned>;
  probes: Probes;
  env: Record<string, string>;
  running: AgentStatus | undefined;
  /** What asking it fails with. */
  silence: Error | undefined;
  state: () => Promise<StateCopy | undefined>;
  addresses: readonly string[];
  join(validity?: { notBefore: number; notAfter: number }): Promise<void>;
  /** Keeps a desired state with this model, and puts its files on the disk; the digest of its manifest. */
  want(model: string, files: Readonly<Record<string, string>>): Promise<string>;
  look(): Promise<Site>;
}

export async function testSite(): Promise<TestSite> {
  const clock = manualClock(Date.now());
  const disk = memoryDisk(() => clock.now());
  const authority = await testAuthority();
  const owned = new Map<string, Owned>();
  for (const path of ['identity', 'desired', 'outbox']) await disk.makeFolder(`${folder}/${path}`);

  const site: TestSite = {
    folder,
    ids,
    disk,
    clock,
    authority,
    owned,
    env: {},
    running: undefined,
    silence: undefined,
    state: async () => ({ facts: {}, tables: {} }),
    addresses: ['https://127.0.0.1:9'],
    probes: {
      user: 500,
      builtAt: async () => Date.UTC(2026, 0, 1),
      owned: async (path) => owned.get(path) ?? ownedOf(await disk.stat(path)),
      resolve: async () => ['192.0.2.1'],
      copyState: () => site.state(),
    },
    async join(validity = { notBefore: clock.now() - 1_800_000, notAfter: clock.now() + 29 * DAY }) {
      const { chain, key } = await authority.issue({ identity: { kind: 'device', ...ids }, ...validity });
      await writeKey(disk, folder, key);
      const { addresses } = site;
      const names = { project: 'default', name: 'till', addresses };
      await writeIdentity(disk, folder, {
        ...ids,
        ...names,
        key,
        chain,
        root: authority.root,
        certifiedAt: 0,
      });
    },
    async want(model, files) {
      const digest = await layOut(disk, files);
      const repository = `default/models/${model}`;
      await keepDesired(site, { models: { [model]: { digest, version: '1', repository } } });
      return digest;
    },
    look: () =>
      lookAround({
        folder,
        env: site.env,
        outboxQuota: 2 ** 20,
        engineProgram: ['engine'],
        ports: {
          clock,
          disk,
          probes: site.probes,
          processes: noProcesses,
          http: statusOf(site),
        },
      }),
  };
  return site;
}

const ownedOf = (found: { kind: Owned['kind']; mode: number } | undefined): Owned | undefined =>
  found && { kind: found.kind, mode: found.mode, user: 500 };

const noProcesses: Site['ports']['processes'] = {
  spawn: async () => {
    throw new Error('no process here');
  },
  alive: () => false,
  kill: () => false,
  listeningOn: async () => undefined,
};

/** The socket of the agent that runs, or of none. */
function statusOf(site: TestSite): Site['ports']['http'] {
  return {
    async request() {
      const { running: status, silence } = site;
      if (silence) throw silence;
      if (!status) throw new SkerryError({ code: 'Unreachable', detail: 'nobody listens', next: '' });
      const bytes = Buffer.from(JSON.stringify(status));
      return {
        status: 200,
        headers: {},
        body: async () => bytes,
        async *stream() {},
        discard() {},
        peerChain: () => [],
      };
    },
    close() {},
  };
}

async function layOut(disk: MemoryDisk, files: Readonly<Record<string, string>>): Promise<string> {
  const paths = pathsIn(`${folder}/artifacts`);
  const layers = Object.entries(files).map(([path, text]) => ({
    mediaType: mediaTypes.weight,
    digest: digestOf(text),
    size: Buffer.byteLength(text),
    annotations: { [filepathAnnotation]: path },
  }));
  const config = { mediaType: mediaTypes.modelConfig, digest: digestOf('{}'), size: 2 };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: mediaTypes.modelManifest,
    config,
    layers,
  };
  const text = JSON.stringify(manifest);
  const digest = digestOf(text);
  for (const path of [paths.blobs, paths.model(digest)]) await disk.makeFolder(path);
  await disk.writeAtomic(paths.blob(digest), text);
  for (const [path, content] of Object.entries(files))
    await disk.writeAtomic(`${paths.model(digest)}/${path}`, content);
  return digest;
}

async function keepDesired({ disk, clock, authority }: TestSite, body: object): Promise<void> {
  const { chain, key } = await authority.issue({ identity: { kind: 'signer', hubId: ids.hubId } });
  const text = canonicalJson(body as never);
  const issuedAt = new Date(clock.now()).toISOString();
  const statement = { ...ids, epoch: 1, version: 1, body: digestOf(text), issuedAt, requires: [] };
  const payload = Buffer.from(JSON.stringify(statement));
  const envelope = signEnvelope(desiredPayloadType, payload, createPrivateKey(key));
  const kept = { etag: '"1"', verifiedAt: clock.now(), document: { envelope, chain, body: text } };
  await writeWithCopy(disk, `${folder}/desired/desired.json`, JSON.stringify(kept));
}
