import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type BatchHeader,
  type Busy,
  type DownKind,
  decodeBatch,
  downKinds,
  type Hello,
  maxPackedBatchBytes,
  type UpKind,
} from '@skerry/contracts';
import type { Link, LinkConnection, LinkListener } from './link.ts';

/** What the hub heard: JSON, or a batch's packet. */
export interface Heard {
  readonly kind: UpKind;
  readonly payload: Uint8Array;
}

/** A link of one device, and the hub's end of it. */
export interface LinkSite {
  readonly link: Link;
  /** What the hub has heard so far, in order; grows. */
  readonly heard: readonly Heard[];
  /** Says something to the device. */
  tell(kind: DownKind, message: object): Promise<void>;
  /** Ends the device's connection, as a wire does that breaks. */
  cut(): Promise<void>;
  /** Whether the hub is there at all. */
  setUp(up: boolean): Promise<void>;
  /** The hub refuses the device from now on. */
  revoke?(): Promise<void>;
  /** The hub is there, and reads nothing. */
  stall?(on: boolean): void;
  /** A link to a place that takes connections and never says a word. */
  readonly silent?: Link;
  /** For `renew`: the device's own. */
  readonly renewal?: Parameters<Link['renew']>[0];
  close(): Promise<void>;
}

const DEADLINE_MS = 20_000;
const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const never = new AbortController().signal;
const hash = 'a'.repeat(64);

/** One of each kind, as they stand in contracts. */
const downs: Readonly<Record<DownKind, object>> = {
  welcome: {
    session: id(1),
    protocol: 1,
    time: '2026-01-02T03:04:05.000Z',
    streams: [{ producer: 'runtime', stream: 'result', epoch: 1, expected: 1, hash }],
    desired: '"etag"',
    reportVersion: 7,
  },
  busy: { session: id(1), retryAfterMs: 1_000 },
  ack: { session: id(1), producer: 'runtime', stream: 'alarm', epoch: 1, acknowledged: 9, hash },
  nudge: { desired: '"other"' },
  command: {
    id: id(2),
    session: id(1),
    number: 4,
    settled: 3,
    kind: 'logs',
    leftMs: 5_000,
    args: { lines: 3 },
  },
};
const hello: Hello = {
  protocol: 1,
  features: [],
  session: id(1),
  bootId: id(3),
  streams: [],
  inventory: { hostname: 'e', platform: 'linux', arch: 'x64', cores: 2, memory: 1, agentVersion: '0' },
};
const header = (first: number): BatchHeader => ({
  session: id(1),
  producer: 'runtime',
  stream: 'result',
  epoch: 1,
  first,
  count: 1,
});

/** What every `Link` must do. What a link cannot be put through, its site leaves out. */
export function linkConformance(name: string, setUp: () => Promise<LinkSite>): void {
  describe(`link, ${name}`, () => {
    let site: LinkSite;
    before(async () => {
      site = await setUp();
    });
    after(() => site.close());

    /** Another connection, with what its listener was told. */
    const connect = async (): Promise<{ connection: LinkConnection; told: [DownKind, unknown][] }> => {
      const told: [DownKind, unknown][] = [];
      const listener = Object.fromEntries(
        downKinds.map((kind) => [kind, (message: unknown) => told.push([kind, message])]),
      ) as unknown as LinkListener;
      return { connection: await site.link.connect(listener, never), told };
    };
    const during = async (use: (it: Awaited<ReturnType<typeof connect>>) => Promise<void>) => {
      const it = await connect();
      try {
        await use(it);
      } finally {
        await it.connection.close();
      }
    };
    const heardFrom = async (start: number, count: number) => {
      await until(() => site.heard.length >= start + count, `the hub hears ${count} messages`);
      return site.heard.slice(start, start + count);
    };

    test('what the hub says comes as it was said, in order', () =>
      during(async ({ told }) => {
        for (const kind of downKinds) await site.tell(kind, downs[kind]);
        await until(() => told.length === downKinds.length, 'all was heard');
        assert.deepEqual(
          told,
          downKinds.map((kind) => [kind, downs[kind]]),
        );
        for (let n = 0; n < 50; n++) await site.tell('nudge', { desired: `"${n}"` });
        await until(() => told.length === downKinds.length + 50, 'all was heard');
        const nudges = told.slice(downKinds.length).map(([, message]) => message);
        assert.deepEqual(
          nudges,
          nudges.map((_, n) => ({ desired: `"${n}"` })),
        );
      }));

    test('what the device says comes as it was said, in order', () =>
      during(async ({ connection }) => {
        const start = site.heard.length;
        connection.hello(hello);
        connection.confirm({ session: id(1), stored: hash });
        connection.report({ session: id(1), version: 1, reported: {} } as never);
        connection.answer({ id: id(2), session: id(1), outcome: 'done' });
        for (let first = 1; first <= 50; first++) connection.batch(header(first), Buffer.from([first]));
        const heard = await heardFrom(start, 54);
        assert.deepEqual(
          heard.slice(0, 4).map(({ kind }) => kind),
          ['hello', 'confirm', 'report', 'answer'],
        );
        assert.deepEqual(JSON.parse(Buffer.from(heard[0]!.payload).toString()), hello);
        const batches = heard.slice(4).map(({ payload }) => decodeBatch(payload)!);
        assert.deepEqual(
          batches.map((batch) => [batch.header.first, batch.compressedBody[0]]),
          batches.map((_, n) => [n + 1, n + 1]),
        );
      }));

    test('the largest batch gets through whole', () =>
      during(async ({ connection }) => {
        const start = site.heard.length;
        const body = Buffer.alloc(maxPackedBatchBytes, 'skerry');
        connection.batch(header(1), body);
        const [heard] = await heardFrom(start, 1);
        assert.ok(Buffer.from(decodeBatch(heard!.payload)!.compressedBody).equals(body));
      }));

    test('a message that cannot be understood is left out, and the next is heard', () =>
      during(async ({ told }) => {
        await site.tell('ack', { nonsense: true });
        await site.tell('nudge', downs.nudge);
        await until(() => told.length > 0, 'the next is heard');
        assert.deepEqual(told, [['nudge', downs.nudge]]);
      }));

    test('a connection ends once, whoever ends it, and what is said afterwards is lost', async () => {
      const ours = await connect();
      await Promise.all([ours.connection.close(), ours.connection.close()]);
      const reason = await ours.connection.ended;
      assert.ok(reason.length > 0);
      const start = site.heard.length;
      ours.connection.hello(hello);
      ours.connection.batch(header(1), new Uint8Array());
      await ours.connection.close();
      assert.equal(await ours.connection.ended, reason);

      const theirs = await connect();
      await site.cut();
      assert.ok((await within(theirs.connection.ended)).length > 0);
      await theirs.connection.close();
      await during(async ({ connection }) => {
        connection.confirm({ session: id(9), stored: hash });
        const [heard] = await heardFrom(start, 1);
        assert.equal(heard?.kind, 'confirm', 'nothing of what was lost came');
      });
    });

    test('of two connections the newer wins; the older is told so, heard no more and ends', async () => {
      const older = await connect();
      const start = site.heard.length;
      const newer = await connect();
      older.connection.confirm({ session: id(8), stored: hash });
      assert.ok((await within(older.connection.ended)).length > 0);
      const [[kind, message] = []] = older.told;
      const { reason, retryAfterMs } = message as Busy;
      assert.deepEqual([kind, reason, older.told.length], ['busy', 'SessionTakenOver', 1]);
      assert.ok(retryAfterMs >= 5_000, `${retryAfterMs} ms`);
      newer.connection.confirm({ session: id(9), stored: hash });
      const [heard] = await heardFrom(start, 1);
      assert.equal(JSON.parse(Buffer.from(heard!.payload).toString()).session, id(9));
      await site.tell('nudge', downs.nudge);
      await until(() => newer.told.length === 1, 'the newer is told');
      assert.equal(older.told.length, 1);
      await Promise.all([older.connection.close(), newer.connection.close()]);
    });

    test('a hub that goes ends the connection; there is none until it is back', async () => {
      const { connection, told } = await connect();
      await site.setUp(false);
      assert.ok((await within(connection.ended)).length > 0);
      await assert.rejects(connect(), { code: 'Unreachable' });
      await assert.rejects(site.link.fetchDesired(undefined, never), { code: 'Unreachable' });
      await site.setUp(true);
      await connection.close();
      await during(async (again) => {
        await site.tell('nudge', downs.nudge);
        await until(() => again.told.length === 1, 'it is heard again');
        assert.deepEqual(told, []);
      });
    });

    test('connecting ends with the reason of who aborts it', async (t) => {
      const reason = new Error('enough');
      const nobody = {} as LinkListener;
      await assert.rejects(site.link.connect(nobody, AbortSignal.abort(reason)), reason);
      if (!site.silent) return t.skip('nothing of it is ever on its way');
      const controller = new AbortController();
      const connecting = site.silent.connect(nobody, controller.signal);
      setTimeout(() => controller.abort(reason), 100);
      await assert.rejects(within(connecting), reason);
    });

    test('the desired state comes once, and again when it has changed', async () => {
      const fetched = await site.link.fetchDesired(undefined, never);
      assert.ok(fetched?.document.body);
      assert.equal(await site.link.fetchDesired(fetched.etag, never), undefined);
      assert.deepEqual((await site.link.fetchDesired('"another"', never))?.etag, fetched.etag);
    });

    test('the certificate is renewed', async (t) => {
      if (!site.renewal) return t.skip('it has none');
      const { chain } = await site.link.renew(site.renewal);
      assert.match(chain[0]!, /BEGIN CERTIFICATE/);
    });

    test('a hub that reads nothing ends the connection before memory is full', async (t) => {
      if (!site.stall) return t.skip('it always reads');
      const { connection } = await connect();
      site.stall(true);
      let over = false;
      connection.ended.then(() => {
        over = true;
      });
      const body = Buffer.alloc(maxPackedBatchBytes, 7);
      let sent = 0;
      for (; sent < 256 && !over; sent++) {
        connection.batch(header(sent + 1), body);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      site.stall(false);
      assert.ok(over, `${sent} batches of ${maxPackedBatchBytes} bytes are held`);
      await connection.close();
    });

    test('a connection that is closed has ended, though the hub reads nothing', async (t) => {
      if (!site.stall) return t.skip('it always reads');
      const { connection } = await connect();
      site.stall(true);
      try {
        await within(connection.close());
        await within(connection.ended);
      } finally {
        site.stall(false);
      }
    });

    test('a device that was refused loses its connection and gets no other', async (t) => {
      if (!site.revoke) return t.skip('it refuses nobody');
      const { connection } = await connect();
      await site.revoke();
      assert.ok((await within(connection.ended)).length > 0);
      await assert.rejects(connect());
      await connection.close();
    });
  });
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function within<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('waited in vain')), DEADLINE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
