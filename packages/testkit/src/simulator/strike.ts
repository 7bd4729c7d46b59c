import { describeError } from '@skerry/kit';
import { type Fault, type FaultKind, HUB_CLOCK_MOVES_MS } from './faults.ts';
import type { Fleet, HubBackup } from './fleet.ts';
import { intrude } from './intruder.ts';
import { KEEPALIVE_MS } from './network.ts';
import type { Rotation } from './rotation.ts';
import { type SimDevice, STATE_FOLDER } from './sim-device.ts';
import type { Seen, Watch } from './watch.ts';

/** Makes a fault happen; what it gives back ends it. */
type Strike = (fleet: Fleet, device: SimDevice, fault: Fault, watch: Watch) => (() => void) | undefined;
type StrikeHub = (fleet: Fleet, fault: Fault, watch: Watch) => (() => void) | undefined;

const YEAR = 365 * 86_400_000;

/** Both sides notice after a while that nothing comes any more. */
function silence({ net, world }: Fleet, device: SimDevice): void {
  const connection = net.connections.get(device.id);
  if (!connection) return;
  world.after(KEEPALIVE_MS, () => connection.ended('nothing was heard of the hub'));
  world.after(KEEPALIVE_MS * 1.5, () => net.close(connection));
}

type Way = 'upCut' | 'downCut';

/** Cuts may overlap: the wire is whole when the last is mended. */
function cut({ wire, cuts }: SimDevice, ...ways: Way[]): () => void {
  const add = (more: number) => {
    for (const way of ways) {
      cuts[way] += more;
      wire[way] = cuts[way] > 0;
    }
  };
  add(1);
  return () => add(-1);
}

export function cutOff(fleet: Fleet, device: SimDevice, ...ways: Way[]): () => void {
  const mend = cut(device, ...ways);
  silence(fleet, device);
  return mend;
}

const cutting =
  (...ways: Way[]): Strike =>
  (fleet, device) =>
    cutOff(fleet, device, ...ways);

const setting =
  <T extends object, K extends keyof T>(
    of: (device: SimDevice) => T,
    key: K,
    bad: T[K],
    good: T[K],
  ): Strike =>
  (_fleet, device) => {
    of(device)[key] = bad;
    return () => {
      of(device)[key] = good;
    };
  };
const wireOf = ({ wire }: SimDevice) => wire;
const mediumOf = ({ medium }: SimDevice) => medium;

function halt(device: SimDevice): () => void {
  device.killAgent();
  device.killRuntime();
  return () => {
    device.startAgent();
    device.startRuntime();
  };
}

/** The whole machine at once; the network does not say farewell. */
function cutPower({ world }: Fleet, device: SimDevice): () => void {
  const mend = cut(device, 'upCut');
  const resume = halt(device);
  const random = world.random(`power cut of ${device.name} at ${world.elapsed}`);
  device.medium.disk.powerCut(random.number);
  return () => {
    mend();
    resume();
  };
}

function flipBit({ world }: Fleet, device: SimDevice): undefined {
  const random = world.random(`bit of ${device.name} at ${world.elapsed}`);
  device.medium.disk.flipBit(`${STATE_FOLDER}/outbox/runtime`, random.number);
  return undefined;
}

/** For good, or until its file is given up. */
function killPage({ world }: Fleet, device: SimDevice): undefined {
  const random = world.random(`page of ${device.name} at ${world.elapsed}`);
  device.medium.disk.killPage(`${STATE_FOLDER}/outbox/runtime`, random.number);
  return undefined;
}

const vital = ['identity', 'desired', 'artifacts'].map((name) => `${STATE_FOLDER}/${name}`);

/** A file without which a device does not go on: it finds that out when it starts. */
function damageFile({ world }: Fleet, device: SimDevice): () => void {
  device.killAgent();
  return () => {
    const random = world.random(`file of ${device.name} at ${world.elapsed}`);
    const { disk } = device.medium;
    const folder = vital[Math.floor(random.number() * vital.length)]!;
    if (random.number() < 0.5) disk.flipBit(folder, random.number);
    else disk.killPage(folder, random.number);
    device.startAgent();
  };
}

/** Somebody restores an image of the disk that is some hours old. */
function restoreImage(_fleet: Fleet, device: SimDevice, _fault: Fault, watch: Watch): () => void {
  const image = device.medium.disk.image();
  const goBack = device.state.image();
  const restored = watch.imageTaken(device);
  return () => {
    const resume = halt(device);
    device.medium.disk.load(image);
    goBack();
    restored();
    resume();
  };
}

/**
 * Somebody copies the disk to another machine, which makes messages of its own; then both are connected for a moment,
 * and at last the clone alone, for as long as it takes to deliver what it has.
 */
function clone(fleet: Fleet, device: SimDevice, _fault: Fault, watch: Watch): () => void {
  const { world } = fleet;
  const twin = device.clone();
  watch.cloned(device, twin);
  twin.startRuntime();
  const part = (drained: boolean) => {
    twin.killAgent();
    watch.cloneGone(device, twin, drained);
    device.startAgent();
  };
  const drain = (left: number, minutes: number, books = fleet.books) => {
    // What a hub has that was restored meanwhile is to be delivered again.
    const quiet = fleet.books === books ? minutes : 0;
    if (quiet === DRAINED_AFTER || left === 0) return part(quiet === DRAINED_AFTER);
    // Whatever else befell it may have started it again, and each would cut the other off.
    device.killAgent();
    const isQuiet = twin.doing === 'connected' && isGood(device.wire) && !fleet.machine.medium.full;
    const now = fleet.books;
    world.after(MINUTE, () => drain(left - 1, isQuiet ? quiet + 1 : 0, now));
  };
  return () => {
    twin.startAgent();
    world.after(MINUTE, () => {
      twin.stopSources();
      twin.killRuntime();
      drain(DRAIN_MINUTES, 0);
    });
  };
}

const MINUTE = 60_000;
const DRAIN_MINUTES = 60;
/** Minutes; longer than a message may wait for others. */
const DRAINED_AFTER = 20;
const isGood = ({ upCut, downCut, loss, latencyMs }: SimDevice['wire']) =>
  !upCut && !downCut && loss === 0 && latencyMs < 1_000;

export const strikeDevice: Record<Exclude<FaultKind, `hub-${string}`>, Strike> = {
  partition: cutting('upCut', 'downCut'),
  'nothing-up': cutting('upCut'),
  'nothing-down': cutting('downCut'),
  loss: setting(wireOf, 'loss', 0.2, 0),
  duplicates: setting(wireOf, 'duplicates', 0.5, 0),
  reordering: setting(wireOf, 'reorders', true, false),
  'slow-link': (_fleet, { wire }) => {
    Object.assign(wire, { latencyMs: 4_000, bytesPerMs: 0.3 });
    return () => Object.assign(wire, { latencyMs: 40, bytesPerMs: 100 });
  },
  'agent-killed': (_fleet, device) => {
    device.killAgent();
    return device.startAgent;
  },
  'runtime-killed': (_fleet, device) => {
    device.killRuntime();
    return device.startRuntime;
  },
  'power-cut': cutPower,
  'disk-full': (_fleet, device, _fault, watch) => {
    device.medium.full = true;
    return () => {
      device.medium.full = false;
      watch.roomCame(device);
    };
  },
  'disk-slow': setting(mediumOf, 'slow', true, false),
  'read-errors': setting(mediumOf, 'readErrors', 0.2, 0),
  'write-errors': setting(mediumOf, 'writeErrors', 0.2, 0),
  'lying-fsync': (fleet, device, _fault, watch) => {
    device.medium.disk.setLying(true);
    const forgive = watch.lies(device);
    return () => {
      const resume = cutPower(fleet, device);
      device.medium.disk.setLying(false);
      forgive();
      resume();
    };
  },
  'bit-flip': flipBit,
  'dead-page': killPage,
  'damaged-file': damageFile,
  'clock-1970': (fleet, device) => {
    device.skew = -fleet.world.time;
    return () => {
      device.skew = 0;
    };
  },
  'clock-ahead': (_fleet, device) => {
    device.skew = YEAR;
    return () => {
      device.skew = 0;
    };
  },
  'old-image': restoreImage,
  clone,
  // Away for longer than it is good for.
  'certificate-ended': cutting('upCut', 'downCut'),
  revoked: (fleet, device) => {
    fleet.revoke(device);
    return () => fleet.forgive(device);
  },
  intruder: ({ net, world, machine }, device, _fault, watch) => {
    world.after(0, () => intrude(net, machine, device, (what) => watch.report(device.name, what)));
    return undefined;
  },
  'replayed-desired': (_fleet, device) => {
    device.replaying = true;
    return () => {
      device.replaying = false;
    };
  },
};

/** Half of the time the hub stands still meanwhile, else it takes the keys up as it runs. */
function rotating(what: Rotation): StrikeHub {
  return (fleet, _fault, watch) => {
    const { world } = fleet;
    if (world.random(`rotation at ${world.elapsed}`).number() < 0.5) fleet.killHub();
    const rotated = fleet
      .rotateKeys(what)
      .catch((error) => watch.report('hub', `its keys could not be rotated: ${describeError(error)}`));
    return () => void rotated.then(fleet.startHub);
  };
}

export const strikeHub: Record<Extract<FaultKind, `hub-${string}`>, StrikeHub> = {
  'hub-killed': (fleet) => {
    fleet.killHub();
    return fleet.startHub;
  },
  'hub-disk-full': ({ machine }) => {
    machine.medium.full = true;
    return () => {
      machine.medium.full = false;
    };
  },
  'hub-clock-moved': (fleet, { at }) => {
    const random = fleet.world.random(`clock of the hub at ${at}`);
    fleet.hubSkew = Math.round(HUB_CLOCK_MOVES_MS * (2 * random.number() - 1));
    return () => {
      fleet.hubSkew = 0;
    };
  },
  'hub-keys-rotated': rotating('issuing'),
  'hub-root-rotated': rotating('root'),
  'hub-restored': (fleet, _fault, watch) => {
    const seen = watch.remember();
    const backup = fleet.backUp();
    return () => restoreHub(fleet, watch, backup, seen);
  },
  // From before some of its devices joined.
  'hub-restored-old': (fleet, _fault, watch) => {
    restoreHub(fleet, watch, fleet.firstBackup, watch.begun);
    return undefined;
  },
};

function restoreHub(fleet: Fleet, watch: Watch, backup: HubBackup | undefined, seen: Seen): void {
  if (!backup) return;
  fleet.killHub();
  // Whoever restores it looks after its clock first, since epochs go by it (docs/backup.md).
  fleet.hubSkew = 0;
  fleet.restore(backup);
  watch.hubRestored(seen);
  fleet.startHub();
}
