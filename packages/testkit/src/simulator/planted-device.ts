import { type BatchHeader, joinEvents, nextStreamHash, type StreamKey, splitEvents } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import type { CommandRecords } from '../../../agent/src/commands/records.ts';
import type { Link, LinkConnection, LinkListener } from '../../../agent/src/link/link.ts';
import type { AgentState } from '../../../agent/src/state/state.ts';

/** Mistakes of a device, each of which takes the place of a real part of it. */

const keyOf = ({ producer, stream }: StreamKey) => `${producer}/${stream}`;

/** A link whose listener or connection does something else than it should. */
const linkWith =
  (
    change: () => {
      hears?: (listener: LinkListener) => Partial<LinkListener>;
      says?: (connection: LinkConnection, listener: LinkListener) => Partial<LinkConnection>;
    },
  ) =>
  (link: Link): Link => {
    const { hears, says } = change();
    return {
      ...link,
      async connect(listener, signal) {
        const connection = await link.connect({ ...listener, ...hears?.(listener) }, signal);
        return { ...connection, ...says?.(connection, listener) };
      },
    };
  };

/** Takes it for granted that what was sent has arrived. */
export const acknowledgesItself = linkWith(() => {
  const hashes = new Map<string, string>();
  return {
    hears: (listener) => ({
      welcome(welcome) {
        for (const order of welcome.streams) hashes.set(keyOf(order), order.hash);
        listener.welcome(welcome);
      },
      ack: () => {},
    }),
    says: (connection, listener) => ({
      batch(header, body) {
        connection.batch(header, body);
        const { session, producer, stream, epoch, first, count } = header;
        const hash = textsIn(body).reduce(nextStreamHash, hashes.get(keyOf(header)) ?? '');
        hashes.set(keyOf(header), hash);
        listener.ack({ session, producer, stream, epoch, acknowledged: first + count - 1, hash });
      },
    }),
  };
});

/** Where it begins anew, it claims that the hub had more than that. */
export const claimsTooMuch = linkWith(() => ({
  says: (connection) => ({
    hello(hello) {
      const streams = hello.streams.map((state) => ({ ...state, former: { epoch: 1, acknowledged: 3 } }));
      connection.hello({ ...hello, streams });
    },
  }),
}));

/** Of what the hub has settled, in a command. */
export const hearsNothingSettled = linkWith(() => ({
  hears: (listener) => ({ command: (command) => listener.command({ ...command, settled: 0 }) }),
}));

/** Says of whatever it did that it failed. */
export const failsAtAll = linkWith(() => ({
  says: (connection) => ({
    answer: ({ id, session }) =>
      connection.answer({ id, session, outcome: 'failed', reason: 'CommandFailed', message: 'it failed' }),
  }),
}));

const textsIn = (body: Uint8Array) => splitEvents(Buffer.from(body).toString()) ?? [];

/** Puts a notice behind the message that follows it: the hub, too, believes that the numbers are so. */
export const noticesOneTooLate = linkWith(() => {
  /** The hub's hash by the device's, and back. */
  const theirs = new Map<string, string>();
  const ours = new Map<string, string>();
  const at = new Map<string, string>();
  const ourHash = (hash: string) => ours.get(hash) ?? hash;
  const follow = (header: BatchHeader, own: readonly string[], sent: readonly string[]) => {
    const before = at.get(keyOf(header)) ?? '';
    const [device, hub] = [
      own.reduce(nextStreamHash, before),
      sent.reduce(nextStreamHash, theirs.get(before) ?? before),
    ];
    theirs.set(device, hub);
    ours.set(hub, device);
  };
  const note = <T extends StreamKey & { hash: string }>(of: T): T => {
    const hash = ourHash(of.hash);
    at.set(keyOf(of), hash);
    return { ...of, hash };
  };
  return {
    hears: (listener) => ({
      welcome: (welcome) => listener.welcome({ ...welcome, streams: welcome.streams.map(note) }),
      ack: (ack) => listener.ack(note(ack)),
    }),
    says: (connection) => ({
      hello(hello) {
        const streams = hello.streams.map((state) => ({
          ...state,
          hash: theirs.get(state.hash) ?? state.hash,
        }));
        connection.hello({ ...hello, streams });
      },
      batch(header, body) {
        const own = textsIn(body);
        const sent = [...own];
        const notice = sent.findIndex(
          (text, index) => text.includes('"id":"dropped/') && index < sent.length - 1,
        );
        if (notice >= 0) sent.splice(notice, 2, sent[notice + 1]!, sent[notice]!);
        follow(header, own, sent);
        connection.batch(header, Buffer.from(joinEvents(sent)));
      },
    }),
  };
});

export function seesNothingOfBefore(disk: Disk): Disk {
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

export function syncsNothing(disk: Disk): Disk {
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

export const keepsNoDesiredState = (disk: Disk): Disk => ({
  ...disk,
  async writeAtomic(path, bytes, options) {
    if (!path.endsWith('desired.json')) await disk.writeAtomic(path, bytes, options);
  },
});

/** Keeps once what has to be there twice. */
export const keepsNoCopies = (disk: Disk): Disk => ({
  ...disk,
  async writeAtomic(path, bytes, options) {
    if (!path.endsWith('.copy')) await disk.writeAtomic(path, bytes, options);
  },
});

/** Takes what it has read once of a model for what is there. */
export function readsModelsOnce(): (disk: Disk) => Disk {
  const known = new Map<string, Uint8Array>();
  return (disk) => ({
    ...disk,
    async openRead(path) {
      const file = await disk.openRead(path);
      if (!path.endsWith('model.onnx')) return file;
      const read = async (position: number, length: number) => {
        const bytes = known.get(path) ?? (await file.read(position, length));
        known.set(path, bytes);
        return bytes;
      };
      return { ...file, read };
    },
  });
}

const MISREAD_AT = 5_000;

/** Reads another byte than there is, at one place of every file. */
export const misreads = (disk: Disk): Disk => ({
  ...disk,
  async openRead(path) {
    const file = await disk.openRead(path);
    return {
      ...file,
      async read(position, length) {
        const bytes = await file.read(position, length);
        const at = MISREAD_AT - position;
        return at >= 0 && at < bytes.length ? bytes.with(at, 0) : bytes;
      },
    };
  },
});

/** Zeros are in the place of what cannot be read, and nobody knows. */
export const readsNothing = (disk: Disk): Disk => ({
  ...disk,
  async openRead(path) {
    const file = await disk.openRead(path);
    const read: typeof file.read = (position, length) =>
      file.read(position, length).catch(async () => new Uint8Array(Math.min(length, await file.size())));
    return { ...file, read };
  },
});

export const cannotBearAHint = (disk: Disk): Disk => ({
  ...disk,
  watch: (folder) =>
    disk.watch(folder, () => {
      throw new Error('a hint');
    }),
});

/** Counts by itself which version it has. */
export const countsVersionsItself = (state: AgentState): AgentState => ({
  ...state,
  remember(name, value) {
    const isApplied = name === 'applied' && typeof value === 'object' && value !== null && 'version' in value;
    state.remember(
      name,
      isApplied ? ({ ...value, version: Number(value.version) + 1 } as typeof value) : value,
    );
  },
});

const recordsWith =
  (change: (records: CommandRecords) => Partial<CommandRecords>) =>
  (state: AgentState): AgentState => ({
    ...state,
    commands: { ...state.commands, ...change(state.commands) },
  });

export const forgetsWhatItBegan = recordsWith(() => ({ find: () => undefined }));
export const beginsUnnoted = recordsWith(() => ({ begin: () => {} }));
export const knowsNothingOfAny = recordsWith((records) => ({
  find: (id) => records.find(id) ?? { outcome: undefined },
}));

/** It confirms each to the hub nevertheless. */
export const keepsNoSecret = (state: AgentState): AgentState => ({
  ...state,
  remember: (name, value) => void (name === 'continuationSecret' || state.remember(name, value)),
});

/** Of the second connection that it tries. */
export const waitsForEver = (link: Link): Link => {
  let tries = 0;
  const connect: Link['connect'] = (listener, signal) =>
    ++tries === 2 ? new Promise(() => {}) : link.connect(listener, signal);
  return { ...link, connect };
};

export const recallsNothingApplied = (state: AgentState): AgentState => ({
  ...state,
  recall: (name) =>
    (name === 'applied' ? undefined : state.recall(name)) as ReturnType<typeof state.recall<typeof name>>,
});
