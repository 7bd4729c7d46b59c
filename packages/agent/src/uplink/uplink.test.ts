import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Event, emptyStreamHash } from '@skerry/contracts';
import { type Compression, type Disk, every, SkerryError, silentLogger } from '@skerry/kit';
import { type OutboxProducer, openOutboxProducer } from '@skerry/kit/outbox';
import {
  type ManualClock,
  type MemoryDisk,
  manualClock,
  memoryDisk,
  seededRandom,
} from '@skerry/kit/testing';
import fc from 'fast-check';
import type { LinkConnection } from '../link/link.ts';
import { memoryLink } from '../link/memory/memory-link.ts';
import { reporter } from '../report/reporter.ts';
import { sessions } from '../session/session.ts';
import { memoryState } from '../testing/memory-state.ts';
import { modelHub } from '../testing/model-hub.ts';
import type { UplinkSession } from './session.ts';
import { uplink } from './uplink.ts';

/** A device with its outbox, its hub and the link between, all on one clock that the test moves. */
interface World {
  readonly clock: ManualClock;
  readonly disk: MemoryDisk;
  readonly hub: ReturnType<typeof modelHub>;
  readonly link: ReturnType<typeof memoryLink>;
  /** Ids that were promised. */
  readonly promised: string[];
  append(count: number, data?: string): Promise<void>;
  /** One event of the runtime's in another stream. */
  appendTo(stream: string, id: string): Promise<void>;
  /** The agent is killed and started again. */
  restartAgent(): Promise<void>;
  /** The runtime is killed and started again. */
  restartWriter(): Promise<void>;
  run(ms: number): Promise<void>;
  /** From now on the agent's database has no room, or room again. */
  fillState(): void;
  mendState(): void;
  stop(): Promise<void>;
}

const folder = 'outbox/runtime/result';
/** Free bytes without which a position cannot be kept. */
const STATE_BYTES = 8 * 1024;

const eventOf = (id: string): Event => ({
  specversion: '1.0',
  id,
  source: 'camera',
  type: 'x',
  bootid: 'b',
  bootms: 0,
  timeknown: true,
  data: id,
});

/** Without the thread pool, whose pace has nothing to do with the clock of the test. */
const compression: Compression = {
  gzip: async (bytes) => gzipSync(bytes),
  gunzip: async (bytes) => gunzipSync(bytes),
};

/** `bytes`: of the disk, which state and outbox share; `seenBy`: the disk as the agent has it. */
async function openWorld(
  seed = 1,
  limit = 2 ** 30,
  bytes = 2 ** 40,
  seenBy: (disk: MemoryDisk) => Disk = (disk) => disk,
): Promise<World> {
  const clock = manualClock();
  const random = seededRandom(seed);
  const disk = memoryDisk(() => clock.now());
  await disk.makeFolder('outbox');
  const hub = modelHub(() => clock.now());
  const link = memoryLink(hub);
  disk.setFree(bytes);
  let stateIsFull = false;
  const state = memoryState();
  const { savePosition } = state;
  state.savePosition = (position) => {
    if (stateIsFull || disk.bytesIn('outbox') + STATE_BYTES > bytes)
      throw new SkerryError({ code: 'DiskFull', detail: 'agent.db has no room', next: 'Free some.' });
    savePosition(position);
  };
  const promised: string[] = [];
  const streams = ['result', 'sample'].map((name) => ({ name, ttlMs: Infinity }));
  const time = { bootId: 'b', sinceBoot: clock.monotonic, hubTime: () => undefined };
  const openWriter = () =>
    openOutboxProducer({
      disk,
      clock,
      random,
      logger: silentLogger,
      folder: 'outbox/runtime',
      limit,
      streams,
      time,
    });
  let writer: OutboxProducer<string> = await openWriter();
  let agent = startAgent();

  function startAgent() {
    const up = uplink({
      disk: seenBy(disk),
      clock,
      compression,
      logger: silentLogger,
      state,
      root: 'outbox',
      source: 'test',
    });
    const inventory = {
      hostname: 'a',
      platform: 'linux',
      arch: 'x64',
      cores: 1,
      memory: 1,
      agentVersion: '0',
    };
    const reports = reporter({
      clock,
      logger: silentLogger,
      build: async () => ({ conditions: {}, models: {}, pipelines: {}, streams: await up.summaries() }),
    });
    const talk = sessions({
      link,
      clock,
      random,
      logger: silentLogger,
      uplink: up,
      state,
      reporter: reports,
      inventory,
      bootId: '00000000-0000-7000-8000-000000000000',
      boots: () => [],
      commands: { take() {} },
      onWelcome() {},
      onNudge() {},
      reconnectMs: () => 60_000,
      introduce: async () => undefined,
    });
    const stopDriving = every(clock, 2_000, reports.changed);
    talk.start();
    return {
      async stop() {
        stopDriving();
        await talk.stop();
        await reports.stop();
        await up.close();
      },
    };
  }

  /** The memory disk needs turns of the event loop between the clock's steps. */
  const run = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      await clock.advance(50);
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  };

  return {
    clock,
    disk,
    hub,
    link,
    promised,
    run,
    async appendTo(stream, id) {
      await writer.append(stream, JSON.stringify(eventOf(id)));
    },
    async append(count, data) {
      for (let index = 0; index < count; index++) {
        const id = `e${promised.length + 1}`;
        await writer.append('result', JSON.stringify({ ...eventOf(id), data }));
        promised.push(id);
      }
    },
    async restartAgent() {
      await agent.stop();
      agent = startAgent();
    },
    async restartWriter() {
      await writer.close();
      writer = await openWriter();
    },
    fillState() {
      stateIsFull = true;
    },
    mendState() {
      stateIsFull = false;
    },
    async stop() {
      await agent.stop();
      await writer.close();
    },
  };
}

function assertOneEpoch({ hub }: World): void {
  for (const { streams } of hub.hellos) assert.ok((streams[0]?.epoch ?? 0) <= 1, 'no other epoch was begun');
}

/** What was promised is in the hub, and it was told of nothing else. */
function assertWhole(world: World): void {
  assert.deepEqual(world.hub.idsOf('runtime/result'), world.promised);
  assert.equal(world.hub.givenUpOf('runtime/result'), 0);
  assertOneEpoch(world);
}

/** An uplink without a session, that finds one message in this stream. */
async function waiting(name: 'alarm' | 'result') {
  const clock = manualClock();
  const disk = memoryDisk(() => clock.now());
  const ports = { disk, clock, random: seededRandom(1), logger: silentLogger };
  const time = { bootId: 'b', sinceBoot: clock.monotonic, hubTime: () => undefined };
  const streams = [{ name, ttlMs: Infinity }];
  const folder = 'outbox/runtime';
  const writer = await openOutboxProducer({ ...ports, folder, limit: 2 ** 20, streams, time });
  await writer.append(name, JSON.stringify(eventOf('e1')));
  await writer.close();
  const up = uplink({ ...ports, compression, state: memoryState(), root: 'outbox', source: 'test' });
  return { clock, up };
}

test('between sessions no segment is open: one that is given up meanwhile gives its room back', async () => {
  let isOpen = 0;
  const world = await openWorld(1, undefined, undefined, (disk) => ({
    ...disk,
    async openRead(path) {
      const file = await disk.openRead(path);
      isOpen += 1;
      return {
        ...file,
        close: async () => {
          isOpen -= 1;
          await file.close();
        },
      };
    },
  }));
  await world.append(10);
  await world.run(2_000);
  assert.equal(isOpen, 1, 'it goes on from here');
  world.link.setUp(false);
  await world.run(2_000);
  assert.equal(isOpen, 0);
  await world.append(10);
  await world.restartAgent();
  await world.run(5_000);
  assert.equal(isOpen, 0, 'nor by an agent that looked at what it delivered before');
  await world.stop();
});

test('a session that was over while it began takes nothing from the one behind it', async () => {
  const { clock, up } = await waiting('alarm');
  const sent: string[] = [];
  const session = (id: string): UplinkSession => ({
    id,
    connection: { batch: () => void sent.push(id) } as unknown as LinkConnection,
    onAnew: () => {},
  });
  await up.states();
  const order = {
    producer: 'runtime',
    stream: 'alarm',
    epoch: 1,
    expected: 1,
    hash: emptyStreamHash,
  } as const;

  const late = up.begin(session('first'), [order]);
  up.end('first');
  await up.begin(session('second'), []);
  await late;
  up.end('first');
  for (let turn = 0; turn < 50; turn++) await clock.advance(1);

  assert.deepEqual(sent, ['second']);
  await up.close();
});

test('an alarm that waits since before the start is told to whoever listens later; another message is not', async () => {
  const told = async (name: 'alarm' | 'result') => {
    const { clock, up } = await waiting(name);
    for (let turn = 0; turn < 50; turn++) await clock.advance(1);
    let times = 0;
    const stop = up.onUrgent(() => times++);
    stop();
    await up.close();
    return times;
  };
  assert.deepEqual([await told('alarm'), await told('result')], [1, 0]);
});

test('what waits is delivered in order, and its space comes back', async () => {
  const world = await openWorld();
  await world.append(40);
  await world.run(3_000);
  assert.deepEqual(world.hub.idsOf('runtime/result'), world.promised);
  await world.restartWriter();
  await world.append(5);
  await world.run(3_000);
  assert.deepEqual(world.hub.idsOf('runtime/result'), world.promised);
  const segments = (await world.disk.list(folder)).filter(({ name }) => name.endsWith('.seg'));
  assert.equal(segments.length, 1, 'the older segment is gone');
  await world.stop();
});

test('a stream that begins in the middle of a session is delivered like the others', async () => {
  const world = await openWorld();
  await world.append(3);
  await world.run(3_000);
  const before = world.hub.hellos.length;
  await world.appendTo('sample', 's1');
  await world.append(3);
  await world.run(20_000);
  assert.deepEqual(world.hub.idsOf('runtime/sample'), ['s1']);
  assert.deepEqual(world.hub.idsOf('runtime/result'), world.promised);
  assert.equal(world.hub.hellos.length, before + 1);
  await world.stop();
});

test('a stream that cannot be read keeps nobody else waiting, and is delivered once it can', async () => {
  const world = await openWorld();
  await world.append(3);
  await world.appendTo('sample', 's1');
  const { openRead } = world.disk;
  world.disk.openRead = async (path) => {
    if (path.includes('/sample/'))
      throw new SkerryError({ code: 'StorageFailed', detail: `${path} cannot be read`, next: 'Look.' });
    return openRead(path);
  };
  await world.restartAgent();
  await world.append(2);
  await world.run(5_000);
  assert.deepEqual(world.hub.idsOf('runtime/result'), world.promised);
  const report = world.hub.reports.at(-1)?.patch as { streams: Record<string, object> };
  assert.ok(report.streams['runtime/result'], 'and the device says how it is');
  world.disk.openRead = openRead;
  await world.run(15_000);
  assert.deepEqual(world.hub.idsOf('runtime/sample'), ['s1']);
  await world.stop();
});

test('a stream that was delivered, and cannot be read when the hub is met anew, is named once it can', async () => {
  const world = await openWorld();
  await world.appendTo('sample', 's1');
  await world.run(20_000);
  assert.deepEqual(world.hub.idsOf('runtime/sample'), ['s1']);
  const { openRead } = world.disk;
  world.disk.openRead = async (path) => {
    if (path.includes('/sample/'))
      throw new SkerryError({ code: 'StorageFailed', detail: `${path} cannot be read`, next: 'Look.' });
    return openRead(path);
  };
  const named = () =>
    world.hub.hellos
      .at(-1)
      ?.streams.map(({ stream }) => stream)
      .sort();
  world.link.setUp(false);
  await world.append(1);
  world.link.setUp(true);
  await world.run(120_000);
  assert.deepEqual(named(), ['result']);
  world.disk.openRead = openRead;
  await world.run(15_000);
  assert.deepEqual(named(), ['result', 'sample'], 'a hub that was restored learns how far it was');
  await world.stop();
});

test('what hardly compresses goes in batches that a packet holds', async () => {
  const world = await openWorld();
  const random = seededRandom(7);
  const noise = () => String.fromCharCode(...random.bytes(8_000).map((byte) => 35 + (byte % 91)));
  world.link.setUp(false);
  for (let index = 0; index < 60; index++) await world.append(1, noise());
  world.link.setUp(true);
  await world.run(20_000);
  assert.deepEqual(world.hub.idsOf('runtime/result'), world.promised);
  await world.stop();
});

test('a record that was damaged becomes a drop notice, and the rest goes on', async () => {
  const world = await openWorld();
  world.link.setUp(false);
  await world.append(10);
  const [segment] = await world.disk.list(folder);
  const path = `${folder}/${segment!.name}`;
  const bytes = Buffer.from(await world.disk.read(path));
  const at = bytes.indexOf('"e4"');
  bytes[at + 1] = 0x58;
  await world.disk.writeAtomic(path, bytes);
  world.link.setUp(true);
  await world.run(10_000);
  assert.deepEqual(
    world.hub.idsOf('runtime/result'),
    world.promised.filter((id) => id !== 'e4'),
  );
  await world.stop();
});

test('a message that was damaged once the hub had it is not told as gone, and makes nobody think of a copy', async () => {
  const world = await openWorld();
  world.hub.loseAcks = true;
  await world.append(3);
  await world.run(3_000);
  world.link.setUp(false);
  const [segment] = await world.disk.list(folder);
  const path = `${folder}/${segment!.name}`;
  const bytes = Buffer.from(await world.disk.read(path));
  bytes[bytes.length - 1] = 0;
  await world.disk.writeAtomic(path, bytes);
  await world.restartAgent();
  world.hub.loseAcks = false;
  world.link.setUp(true);
  await world.run(10_000);
  await world.restartWriter();
  await world.append(2);
  await world.run(20_000);
  assertWhole(world);
  await world.stop();
});

/** So little room that a few dozen large messages fill it. */
const SMALL = 80 * 1024;

test('what was given up while the hub was away is told in one line, and the rest arrives', async () => {
  const world = await openWorld(1, SMALL);
  await world.append(3);
  await world.run(3_000);
  world.link.setUp(false);
  await world.append(200, 'x'.repeat(2_000));
  world.link.setUp(true);
  await world.run(20_000);
  const ids = world.hub.idsOf('runtime/result');
  const gone = world.hub.givenUpOf('runtime/result');
  assert.ok(gone > 100, `${gone} were given up`);
  // What the agent had open already it sends, though it was given up.
  const before = ids.findIndex((id, index) => id !== world.promised[index]);
  assert.deepEqual(ids, [...world.promised.slice(0, before), ...world.promised.slice(before + gone)]);
  const report = world.hub.reports.at(-1)!.patch as { streams: Record<string, { dropped: number }> };
  assert.equal(report.streams['runtime/result']?.dropped, gone);
  await world.stop();
});

test('what the hub had already when its acknowledgement got lost is not told as given up', async () => {
  const world = await openWorld(1, SMALL);
  world.link.setUp(false);
  world.hub.loseAcks = true;
  await world.append(20, 'x'.repeat(500));
  world.link.setUp(true);
  await world.run(3_000);
  assert.equal(world.hub.idsOf('runtime/result').length, 20);
  world.link.setUp(false);
  await world.append(200, 'x'.repeat(2_000));
  await world.restartAgent();
  world.hub.loseAcks = false;
  world.link.setUp(true);
  await world.run(20_000);
  const ids = world.hub.idsOf('runtime/result');
  assert.equal(ids.length + world.hub.givenUpOf('runtime/result'), world.promised.length);
  assert.deepEqual(ids.slice(0, 20), world.promised.slice(0, 20));
  assertOneEpoch(world);
  await world.stop();
});

/** Five segments of an outbox of this limit fill the disk. */
const SEGMENT = 64 * 1024;

test('a disk that the outbox filled is emptied once the hub is there, though nothing can be kept in the state', async () => {
  const world = await openWorld(1, 16 * SEGMENT, 5 * SEGMENT);
  world.link.setUp(false);
  await assert.rejects(world.append(1_000, 'x'.repeat(2_000)), { code: 'OutboxFull' });
  const filled = world.promised.length;
  assert.ok(filled > 100, `${filled} messages fill it`);
  world.link.setUp(true);
  await world.run(30_000);
  assert.deepEqual(world.hub.idsOf('runtime/result'), world.promised);
  await world.append(filled - 50, 'x'.repeat(2_000));
  await world.run(10_000);
  await world.restartAgent();
  await world.run(10_000);
  assert.deepEqual(world.hub.idsOf('runtime/result'), world.promised);
  assert.equal(world.hub.givenUpOf('runtime/result'), 0);
  await world.stop();
});

test('what was freed and could not be remembered is learnt from the hub', async () => {
  const world = await openWorld(1, 16 * SEGMENT);
  await world.append(3);
  await world.run(3_000);
  world.fillState();
  await world.append(300, 'x'.repeat(2_000));
  await world.run(20_000);
  assert.deepEqual(world.hub.idsOf('runtime/result'), world.promised);
  assert.ok((await world.disk.list(folder)).length < 4, 'its space came back');
  await world.restartAgent();
  await world.append(3);
  await world.run(10_000);
  world.mendState();
  await world.restartAgent();
  await world.append(3);
  await world.run(10_000);
  assertWhole(world);
  await world.stop();
});

for (const agentIs of ['back before', 'not back until'])
  test(`numbers that a disk forgot, and a runtime used again, are new messages: the agent is ${agentIs} they are used`, async () => {
    const world = await openWorld();
    await world.append(2);
    world.disk.setLying(true);
    await world.append(5);
    await world.run(3_000);
    assert.equal(world.hub.idsOf('runtime/result').length, 7);
    world.link.setUp(false);
    world.disk.setLying(false);
    world.disk.powerCut(() => 0);
    await world.restartWriter();
    if (agentIs === 'back before') {
      await world.restartAgent();
      await world.run(1_000);
    }
    await world.append(9);
    if (agentIs === 'not back until') await world.restartAgent();
    world.link.setUp(true);
    await world.run(20_000);
    assert.deepEqual(world.hub.idsOf('runtime/result'), world.promised);
    await world.stop();
  });

test('a folder that was lost begins another epoch, and its new messages arrive', async () => {
  const world = await openWorld();
  await world.append(10);
  await world.run(3_000);
  await world.disk.removeTree(folder);
  await world.restartWriter();
  await world.append(3);
  await world.run(10_000);
  assert.deepEqual(world.hub.idsOf('runtime/result'), world.promised);
  const [stream] = world.hub.hellos.at(-1)!.streams;
  assert.equal(stream?.epoch, 0, 'the hub was asked for an epoch');
  await world.stop();
});

const turns = [
  'cut',
  'mend',
  'loseAcks',
  'keepAcks',
  'restartAgent',
  'restartWriter',
  'fillState',
  'mendState',
] as const;
type Turn = (typeof turns)[number];

const action = fc.oneof(
  fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ do: fc.constant('run' as const), ms: fc.integer({ min: 50, max: 3_000 }) }),
  fc.record({ do: fc.constantFrom(...turns) }),
);

async function act(world: World, turn: Turn): Promise<void> {
  if (turn === 'cut' || turn === 'mend') world.link.setUp(turn === 'mend');
  else if (turn === 'loseAcks' || turn === 'keepAcks') world.hub.loseAcks = turn === 'loseAcks';
  else await world[turn]();
}

test('whatever is cut, killed or lost meanwhile, every message arrives once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 25 }), fc.nat(), async (actions, seed) => {
      const world = await openWorld(seed);
      for (const step of actions) {
        if (step.do === 'append') await world.append(step.count);
        else if (step.do === 'run') await world.run(step.ms);
        else await act(world, step.do);
      }
      world.link.setUp(true);
      world.mendState();
      world.hub.loseAcks = false;
      for (
        let round = 0;
        round < 12 && world.hub.idsOf('runtime/result').length < world.promised.length;
        round++
      )
        await world.run(10_000);
      assert.deepEqual(world.hub.idsOf('runtime/result'), world.promised);
      await world.stop();
    }),
    { numRuns: 60 },
  );
});

test('with too little room, every number arrives as its message or as given up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 25 }), fc.nat(), async (actions, seed) => {
      const world = await openWorld(seed, SMALL);
      for (const step of actions) {
        if (step.do === 'append') await world.append(step.count, 'x'.repeat(2_000));
        else if (step.do === 'run') await world.run(step.ms);
        else await act(world, step.do);
      }
      world.link.setUp(true);
      world.mendState();
      world.hub.loseAcks = false;
      const told = () => world.hub.idsOf('runtime/result').length + world.hub.givenUpOf('runtime/result');
      for (let round = 0; round < 12 && told() < world.promised.length; round++) await world.run(10_000);
      // What a full disk kept it from remembering may be told as given up though it has arrived.
      const isExact = !actions.some((step) => step.do === 'fillState');
      assert.ok(isExact ? told() === world.promised.length : told() >= world.promised.length);
      const ids = new Set(world.hub.idsOf('runtime/result'));
      assert.deepEqual(
        [...ids],
        world.promised.filter((id) => ids.has(id)),
      );
      await world.stop();
    }),
    { numRuns: 40 },
  );
});
