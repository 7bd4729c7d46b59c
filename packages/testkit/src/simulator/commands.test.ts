import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandRequest } from '@skerry/contracts';
import type { CommandRecords } from '../../../agent/src/commands/records.ts';
import type { AgentState } from '../../../agent/src/state/state.ts';
import type { FaultKind } from './faults.ts';
import { type Fleet, openFleet } from './fleet.ts';
import { strikeDevice, strikeHub } from './strike.ts';
import { watch as newWatch } from './watch.ts';

/*
 * People ask devices all the time while hub, agents and what lies between them break. In the end every command is
 * settled, nothing was begun twice, what the hub calls done was begun, and what it calls expired was not.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DEVICES = 2;
const ASKING_MS = 3 * HOUR;
const LONGEST_TTL_MS = HOUR;

const breaking = [
  'partition',
  'nothing-up',
  'nothing-down',
  'loss',
  'duplicates',
  'slow-link',
  'agent-killed',
  'agent-killed',
  'power-cut',
  'disk-full',
  'clock-1970',
  'clock-ahead',
  'hub-killed',
  'hub-disk-full',
  'hub-restored',
] as const satisfies readonly FaultKind[];

interface Asked {
  readonly id: string;
  readonly device: string;
  readonly number: number;
  readonly kind: string;
}

interface Story {
  readonly fleet: Fleet;
  readonly asked: Asked[];
  /** By command: how often a device has noted that it begins it, or that it has it. */
  readonly begun: Map<string, number>;
  /** Ids of the messages, as they came into an inbox. */
  readonly received: string[];
  readonly faults: Map<FaultKind, number>;
}

type Replace = (records: CommandRecords) => CommandRecords;

async function tell(seed: number, plant: Replace = (records) => records): Promise<Story> {
  const begun = new Map<string, number>();
  const received: string[] = [];
  const note = (id: string) => begun.set(id, (begun.get(id) ?? 0) + 1);
  const watched: Replace = (records) => ({
    ...records,
    begin(command) {
      records.begin(command);
      note(command.id);
    },
    receive(command, body) {
      const outcome = records.receive(command, body);
      received.push(command.id);
      note(command.id);
      return outcome;
    },
  });
  const state = (real: AgentState): AgentState => ({ ...real, commands: plant(watched(real.commands)) });
  const fleet = await openFleet({ seed, devices: DEVICES, replace: { device: { state } } });
  const story: Story = { fleet, asked: [], begun, received, faults: new Map() };
  const { world } = fleet;
  for (const device of fleet.devices) device.stopSources();
  const random = world.random('commands');
  const end = world.elapsed + ASKING_MS;
  const endings = breakThings(story, end);

  const ask = () => {
    if (world.elapsed > end) return;
    world.after(random.number() * 3 * MINUTE, ask);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random.number() * list.length)]!;
    const { name: device } = pick(fleet.devices);
    const kind = pick(['ping', 'check', 'restart-runtime', 'message', 'message']);
    const ttlSeconds = Math.ceil((random.number() ** 3 * LONGEST_TTL_MS) / 1000) + 1;
    const args = kind === 'message' ? { body: world.elapsed } : {};
    const { hub } = fleet;
    hub?.core.commands
      .ask({
        projectId: hub.projectId,
        device,
        by: 'ada',
        request: commandRequest.parse({ kind, args, ttlSeconds }),
      })
      .then(({ id }) => story.asked.push({ id, device, kind, number: story.asked.length }))
      .catch(() => {});
  };
  ask();
  await world.run(end);
  for (const over of endings) over();
  for (const device of fleet.devices) device.startAgent();
  await world.run(world.elapsed + LONGEST_TTL_MS + 10 * MINUTE);
  return story;
}

/** What ends the faults that go on. */
function breakThings({ fleet, faults }: Story, end: number): (() => void)[] {
  const { world, devices } = fleet;
  const watch = newWatch(fleet);
  const random = world.random('breaking');
  const endings: (() => void)[] = [];
  const broken = new Map<object, () => void>();
  const again = () => {
    if (world.elapsed > end) return;
    world.after(random.number() * 6 * MINUTE, again);
    const kind = breaking[Math.floor(random.number() * breaking.length)]!;
    const device = devices[Math.floor(random.number() * devices.length)]!;
    const what = kind.startsWith('hub-') ? fleet : device;
    if (broken.has(what)) return;
    const lastsMs = random.number() * 10 * MINUTE;
    const fault = { kind, at: world.elapsed, lastsMs };
    const over =
      what === fleet
        ? strikeHub[kind as keyof typeof strikeHub](fleet, fault, watch)
        : strikeDevice[kind as keyof typeof strikeDevice](fleet, device, fault, watch);
    faults.set(kind, (faults.get(kind) ?? 0) + 1);
    if (!over) return;
    broken.set(what, over);
    const finish = () => {
      if (broken.get(what) !== over) return;
      broken.delete(what);
      over();
    };
    endings.push(finish);
    world.after(lastsMs, finish);
  };
  again();
  return endings;
}

/** What is wrong with how it ended. */
function faultsOf({ fleet, asked, begun, received }: Story): string[] {
  const rows = new Map(
    fleet.machine.database
      .prepare('SELECT id, state, settled_by FROM commands')
      .all()
      .map((row) => [String(row.id), row as { state: string }]),
  );
  const wrong = asked.flatMap(({ id, kind }) => {
    const times = begun.get(id) ?? 0;
    // A hub that was restored from a backup may know nothing of it.
    const state = rows.get(id)?.state ?? 'unknown';
    const is: readonly [boolean, string][] = [
      [times > 1, `was begun ${times} times`],
      [['queued', 'sent'].includes(state), 'is open still'],
      [state === 'done' && times !== 1, 'is done, and was not begun'],
      [['expired', 'refused'].includes(state) && times > 0, `is ${state}, and was begun`],
    ];
    return is.flatMap(([isSo, what]) => (isSo ? [`${kind} ${id} ${what}`] : []));
  });
  const twice = received.filter((id, at) => received.indexOf(id) !== at);
  return [...wrong, ...twice.map((id) => `message ${id} came twice`), ...disorderIn(asked, received)];
}

function disorderIn(asked: readonly Asked[], received: readonly string[]): string[] {
  const last = new Map<string, number>();
  const byId = new Map(asked.map((one) => [one.id, one]));
  return received.flatMap((id) => {
    const one = byId.get(id);
    if (!one) return [];
    const before = last.get(one.device) ?? -1;
    last.set(one.device, one.number);
    return before > one.number ? [`message ${id} came after a later one`] : [];
  });
}

const seeds = [1, 2, 3, 4];

test('whatever breaks, a command is begun once at most, and the hub learns what can be known', async () => {
  const states = new Map<string, number>();
  const faults = new Set<string>();
  for (const seed of seeds) {
    const story = await tell(seed);
    assert.deepEqual(faultsOf(story), [], `seed ${seed}`);
    assert.ok(story.asked.length > 80, `${story.asked.length} were asked`);
    for (const { state } of story.fleet.machine.database.prepare('SELECT state FROM commands').all())
      states.set(String(state), (states.get(String(state)) ?? 0) + 1);
    for (const kind of story.faults.keys()) faults.add(kind);
  }
  for (const state of ['done', 'expired', 'unknown'])
    assert.ok((states.get(state) ?? 0) > 5, `${state}: ${JSON.stringify([...states])}`);
  assert.deepEqual(
    [...new Set<string>(breaking)].filter((kind) => !faults.has(kind)),
    [],
  );
});

test('devices that forget too early, and ones that note too late, are found out', async () => {
  const forgetful: Replace = (records) => ({ ...records, find: () => undefined });
  const hasty: Replace = (records) => ({ ...records, forget: () => records.forget(1e9) });
  for (const plant of [forgetful, hasty]) {
    let found: string[] = [];
    for (const seed of seeds) found = found.length > 0 ? found : faultsOf(await tell(seed, plant));
    assert.match(found[0] ?? '', /was begun \d times|came twice/);
  }
});
