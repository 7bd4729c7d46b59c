import { X509Certificate } from 'node:crypto';
import { type BatchHeader, nextStreamHash, parseIdentityUri, splitEvents } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import type { Link, LinkListener } from '../../../agent/src/link/link.ts';
import type { SqliteClient } from '../../../hub/src/db/sqlite-client.ts';
import type { Fault } from './faults.ts';
import type { Replacements } from './fleet.ts';
import type { HubReplacements } from './sim-hub.ts';

/** A mistake that the simulator has to find, and a history that should show it. */
export interface Planted {
  readonly replace: Replacements;
  readonly faults: readonly Fault[];
  /** The violation that it must come to. */
  readonly finds: RegExp;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const every = (ms: number, from: number, to: number, fault: Omit<Fault, 'at'>): Fault[] =>
  Array.from({ length: Math.floor((to - from) / ms) }, (_, index) => ({ ...fault, at: from + index * ms }));
const kills = (kind: 'hub-killed' | 'agent-killed' | 'runtime-killed' | 'power-cut', ms = 31 * MINUTE) =>
  every(ms, HOUR, 12 * HOUR, { kind, lastsMs: 20_000, ...(kind !== 'hub-killed' && { device: 0 }) });

/** By what is wrong. Each takes the place of a real part; production code knows nothing of it. */
export const planted: Readonly<Record<string, Planted>> = {
  'the hub acknowledges before it persists': {
    replace: { hub: { database: commitsLater } },
    faults: [...kills('hub-killed'), ...kills('runtime-killed', 29 * MINUTE)],
    finds: /neither in the hub nor under a notice|given up as/,
  },
  'the device frees what it has only sent': {
    replace: { device: { link: acknowledgesItself } },
    // What is lost leaves the folder with the segment that it was in: a runtime that starts begins another one.
    faults: [
      { kind: 'loss', at: HOUR, lastsMs: 10 * HOUR, device: 0 },
      ...kills('runtime-killed', 13 * MINUTE),
    ],
    finds: /neither in the hub nor under a notice|given up as/,
  },
  'numbers begin anew at each start of the runtime': {
    replace: { device: { runtimeDisk: seesNothingOfBefore } },
    faults: kills('runtime-killed'),
    finds: /neither in the hub nor under a notice|given up as/,
  },
  'the wall clock tells how old a message is': {
    replace: { device: { sinceBoot: (clock) => clock.now() } },
    faults: [
      { kind: 'partition', at: HOUR, lastsMs: 10 * HOUR, device: 0 },
      { kind: 'clock-ahead', at: 6 * HOUR, lastsMs: 3 * HOUR, device: 0 },
      { kind: 'runtime-killed', at: 5 * HOUR, lastsMs: MINUTE, device: 0 },
      // What it has read already it sends.
      { kind: 'agent-killed', at: 8 * HOUR, lastsMs: MINUTE, device: 0 },
    ],
    finds: /given up as expired/,
  },
  'a restored hub goes on in its old epoch': {
    replace: { hub: { beginEpoch: async () => ({ hubId: '', before: 1, epoch: 1 }) } },
    faults: [{ kind: 'hub-restored', at: 30_000, lastsMs: HOUR }],
    finds: /has not applied what the hub wants/,
  },
  'nothing is synced to the disk': {
    replace: { device: { runtimeDisk: syncsNothing } },
    faults: kills('power-cut', 47 * MINUTE),
    finds: /neither in the hub nor under a notice/,
  },
  'the device forgets which desired state it had': {
    replace: { device: { agentDisk: keepsNoDesiredState } },
    faults: [
      { kind: 'replayed-desired', at: HOUR, lastsMs: 10 * HOUR, device: 0 },
      ...kills('agent-killed', HOUR),
    ],
    finds: /went back from/,
  },
  'the hub stores a repeat as another message': {
    replace: { hub: { database: withoutUniqueEvents } },
    faults: [{ kind: 'write-errors', at: HOUR, lastsMs: 10 * HOUR, device: 0 }],
    finds: /is in the hub twice/,
  },
  'the hub keeps nothing of a clone that it found': {
    replace: { hub: { database: withoutFindings } },
    faults: [{ kind: 'clone', at: HOUR, lastsMs: 2 * HOUR, device: 0 }],
    finds: /the hub shows none/,
  },
  'the hub believes any certificate': {
    replace: { hub: { admit: believesAnyone } },
    faults: every(HOUR, HOUR, 4 * HOUR, { kind: 'intruder', device: 0, lastsMs: MINUTE }),
    finds: /the hub let in/,
  },
  'the hub believes authorities that were replaced': {
    replace: { hub: { admit: believesFormer } },
    faults: [
      { kind: 'hub-keys-rotated', at: HOUR, lastsMs: MINUTE },
      ...every(HOUR, 2 * HOUR, 5 * HOUR, { kind: 'intruder', device: 0, lastsMs: MINUTE }),
    ],
    finds: /the hub let in who had the key of an authority/,
  },
};

type HubDatabase = NonNullable<HubReplacements['database']>;

/** Says that a transaction is committed, and commits it with those that follow, some minutes later. */
function commitsLater(...[{ write }, clock]: Parameters<HubDatabase>): ReturnType<HubDatabase> {
  let isOpen = false;
  const nothing = async () => ({ rows: [] });
  const later = () => {
    clock.timer(10 * MINUTE, () => {
      isOpen = false;
      void write.run('commit', []).catch(() => {});
    });
  };
  const run: SqliteClient['run'] = (sql, parameters) => {
    if (sql === 'commit') return nothing();
    if (sql !== 'begin immediate') return write.run(sql, parameters);
    if (isOpen) return nothing();
    isOpen = true;
    later();
    return write.run(sql, parameters);
  };
  return { write: { ...write, run }, read: { ...write, run } };
}

/** Takes it for granted that what was sent has arrived. */
function acknowledgesItself(link: Link): Link {
  const hashes = new Map<string, string>();
  const keyOf = ({ producer, stream }: Pick<BatchHeader, 'producer' | 'stream'>) => `${producer}/${stream}`;
  return {
    ...link,
    async connect(listener, signal) {
      const listening: LinkListener = {
        ...listener,
        welcome(welcome) {
          for (const order of welcome.streams) hashes.set(keyOf(order), order.hash);
          listener.welcome(welcome);
        },
        ack: () => {},
      };
      const connection = await link.connect(listening, signal);
      return {
        ...connection,
        batch(header, body) {
          connection.batch(header, body);
          const { session, producer, stream, epoch, first, count } = header;
          const texts = splitEvents(Buffer.from(body).toString()) ?? [];
          const hash = texts.reduce(nextStreamHash, hashes.get(keyOf(header)) ?? '');
          hashes.set(keyOf(header), hash);
          listener.ack({ session, producer, stream, epoch, acknowledged: first + count - 1, hash });
        },
      };
    },
  };
}

function seesNothingOfBefore(disk: Disk): Disk {
  const own = new Set<string>();
  return {
    ...disk,
    openAppend(path, options) {
      own.add(path);
      return disk.openAppend(path, options);
    },
    async list(folder) {
      const entries = await disk.list(folder);
      return entries.filter(({ name }) => !name.endsWith('.seg') || own.has(`${folder}/${name}`));
    },
  };
}

function syncsNothing(disk: Disk): Disk {
  return {
    ...disk,
    async openAppend(path, options) {
      const file = await disk.openAppend(path, options);
      const { write, close } = file;
      return {
        get size() {
          return file.size;
        },
        write,
        close,
        sync: async () => {},
      };
    },
  };
}

function keepsNoDesiredState(disk: Disk): Disk {
  return {
    ...disk,
    async writeAtomic(path, bytes, options) {
      if (!path.endsWith('desired.json')) await disk.writeAtomic(path, bytes, options);
    },
  };
}

function withoutUniqueEvents(...[{ write, read }]: Parameters<HubDatabase>): ReturnType<HubDatabase> {
  const run: SqliteClient['run'] = (sql, parameters) =>
    write.run(sql.replace(/, constraint "messages_event" unique \([^)]*\)/, ''), parameters);
  return { write: { ...write, run }, read };
}

function withoutFindings(...[{ write, read }]: Parameters<HubDatabase>): ReturnType<HubDatabase> {
  const run: SqliteClient['run'] = async (sql, parameters) =>
    /device_continuity.* do update set .*found_at/s.test(sql) ? { rows: [] } : write.run(sql, parameters);
  return { write: { ...write, run }, read };
}

function believesFormer(...[, { identity }]: Parameters<Admit>): ReturnType<Admit> {
  return async (shown) => {
    const verdict = await identity.certificates.identify(shown);
    return verdict.ok ? verdict.device : verdict.unknown;
  };
}

type Admit = NonNullable<HubReplacements['admit']>;

function believesAnyone(): ReturnType<Admit> {
  return async ([leaf]) => {
    const uri = /URI:([^,]+)/.exec(new X509Certificate(leaf!).subjectAltName ?? '')?.[1];
    const identity = parseIdentityUri(uri ?? '');
    return identity?.kind === 'device' ? identity : undefined;
  };
}
