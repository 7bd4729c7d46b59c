import { type DesiredVersion, decodeJoinToken, type JoinToken } from '@skerry/contracts';
import { type Clock, type Disk, type Lifetime, type Logger, lifetime, type Ports, uuidv7 } from '@skerry/kit';
import { memoryDisk } from '@skerry/kit/testing';
import { type Agent, startAgent } from '../../../agent/src/agent.ts';
import type { CommandName } from '../../../agent/src/commands/records.ts';
import type { Driver } from '../../../agent/src/drivers/driver.ts';
import { join } from '../../../agent/src/identity/join.ts';
import { readIdentity } from '../../../agent/src/identity/kept-identity.ts';
import type { Link } from '../../../agent/src/link/link.ts';
import type { AgentState } from '../../../agent/src/state/state.ts';
import { memoryDriver } from '../../../agent/src/testing/memory-driver.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { noHelpers, noProcesses } from './left-out.ts';
import { goodWire, type Network, type Wire } from './network.ts';
import { replayed } from './replayed.ts';
import { type Medium, medium as newMedium, simDisk } from './sim-disk.ts';
import { simHttp } from './sim-http.ts';
import { type LinkWatch, simLink } from './sim-link.ts';
import { type SimProcess, simProcess } from './sim-process.ts';
import { type SimRuntime, startSimRuntime, TTLS } from './sim-runtime.ts';
import { type CommittedState, committedState, type StateWatch } from './sim-state.ts';
import { type Sources, sources } from './sources.ts';
import { type WireNumbers, wireNumbers } from './wire-numbers.ts';

/** Ways for a test to plant a mistake in a device. */
export interface DeviceReplacements {
  readonly runtimeDisk?: (disk: Disk) => Disk;
  readonly sinceBoot?: (clock: Clock) => number;
  /** Bytes that the runtime's part of the outbox may have. */
  readonly limit?: (limit: number) => number;
  readonly agentDisk?: (disk: Disk) => Disk;
  readonly link?: (link: Link) => Link;
  readonly state?: (state: AgentState) => AgentState;
}

export interface DeviceOptions {
  readonly net: Network;
  readonly name: string;
  readonly token: string;
  /** Bytes of its outbox. */
  readonly quota: number;
  readonly logger: Logger;
  readonly replace: DeviceReplacements;
}

/** What a device is doing, as far as a fault may find it there. */
export type Doing = 'down' | 'offline' | 'greeting' | 'delivering' | 'connected';

/** A machine at the edge: its disk and what was committed outlive its two processes, which die apart. */
export interface SimDevice {
  readonly name: string;
  readonly id: string;
  readonly wire: Wire;
  /** How many cut the wire just now, each way. */
  readonly cuts: { upCut: number; downCut: number };
  readonly medium: Medium;
  readonly state: CommittedState;
  /** What its own sources were told. */
  readonly ledger: Ledger;
  /** Under which numbers it told the hub of it. */
  readonly numbers: WireNumbers;
  /** Bytes of its outbox. */
  readonly quota: number;
  /** Somebody gives it earlier documents, and forged ones, in the place of the hub's own. */
  replaying: boolean;
  readonly doing: Doing;
  readonly agent: Agent | undefined;
  readonly agentStarts: number;
  /** By how much its wall clock is ahead, ms. */
  skew: number;
  /** Who is told what it does, whenever that changes. */
  readonly awaited: Set<(doing: Doing) => void>;
  /** With which it joined. */
  readonly token: JoinToken;
  /** PEM, leaf first: what it was given when it joined. */
  readonly firstChain: readonly string[];
  /** Called when a desired state was applied. */
  onApplied: (version: DesiredVersion) => void;
  /** Called when a command is begun, or a message is in the inbox. */
  onBegun: (command: CommandName) => void;
  /** What is in the file of a model that begins to serve. */
  onLoaded: (content: Uint8Array) => void;
  /** Called with an error that one of its processes did not catch. */
  onCrash: (error: unknown) => void;
  startAgent(): void;
  killAgent(): void;
  startRuntime(): void;
  killRuntime(): void;
  stopSources(): void;
  /** Another machine on the same wire with a copy of the disk, and sources of its own; off. */
  clone(): SimDevice;
}

/** Between the numbers of a device's own messages and those of its clones. */
const CLONE_NUMBERS = 1_000_000;

interface Copied {
  readonly state: CommittedState;
  readonly numbers: WireNumbers;
  readonly streamIds: ReadonlyMap<string, string[]>;
  /** The numbers of its sources' messages lie behind it. */
  readonly numbersFrom: number;
}

const inventory = { hostname: 'a', platform: 'linux', arch: 'x64', cores: 1, memory: 1, agentVersion: '0' };
/** Between the end of a process and its next start, ms. */
const RESTART_MS = 5_000;
export const STATE_FOLDER = '/state';

/** Joins, and starts both processes. */
export async function openDevice(options: DeviceOptions): Promise<SimDevice> {
  const { net, name } = options;
  const wire = goodWire(net.world.random(`${name} wire`));
  const disk = memoryDisk(() => net.world.time);
  const medium = newMedium(disk);
  const device = deviceOf(options, wire, medium);
  const process = simProcess({ world: net.world, name: `${name} join`, skew: () => 0 });
  const ports = { clock: process.clock, http: simHttp(process, net, wire), disk: simDisk(process, medium) };
  const { deviceId } = await join({ ...ports, state: STATE_FOLDER, token: options.token, name, inventory });
  net.wires.set(deviceId, wire);
  const { chain = [] } = (await readIdentity(disk, STATE_FOLDER)) ?? {};
  return Object.assign(device, { id: deviceId, firstChain: chain });
}

function deviceOf(options: DeviceOptions, wire: Wire, medium: Medium, copied?: Copied): SimDevice {
  const { net, name, quota, logger, replace } = options;
  const { world } = net;
  const numbers = copied?.numbers.copy() ?? wireNumbers();
  const streamIds = new Map(copied?.streamIds);
  const told: StateWatch = {
    fact(fact, value) {
      if (fact === 'applied') device.onApplied(value as DesiredVersion);
    },
    position: numbers.follow,
    begun: (command) => device.onBegun(command),
  };
  const state = copied?.state.copy(medium, told) ?? committedState(medium, told);
  const ledger = openLedger();
  const replays = replayed(world.random(`${name} replays`), () => device.replaying);
  const readings: Sources = sources(world, name, ledger, copied?.numbersFrom);
  let agentProcess: SimProcess | undefined;
  let agent: Agent | undefined;
  let runtime: SimRuntime | undefined;
  let agents = 0;
  let runtimes = 0;
  let clones = 0;
  let doing: Doing = 'down';

  const enter = (next: Doing) => {
    doing = next;
    for (const tell of device.awaited) tell(next);
  };
  const watchOf = (process: SimProcess): LinkWatch => {
    let flying = 0;
    const isOurs = () => process === agentProcess;
    return {
      opened: () => isOurs() && enter('greeting'),
      closed: () => isOurs() && enter('offline'),
      sent(kind) {
        if (!isOurs() || kind !== 'batch') return;
        flying += 1;
        enter('delivering');
      },
      heard(kind) {
        if (!isOurs()) return;
        if (kind === 'welcome') flying = 0;
        if (kind === 'ack') flying = Math.max(0, flying - 1);
        if (kind === 'welcome' || (kind === 'ack' && flying === 0)) enter('connected');
      },
    };
  };

  const showing = (driver: Driver): Driver => ({
    ...driver,
    get observed() {
      return driver.observed;
    },
    async load(model, version, folder, signal) {
      device.onLoaded(await medium.disk.read(`${folder}/model.onnx`));
      return driver.load(model, version, folder, signal);
    },
  });

  const run = async (process: SimProcess, life: Lifetime): Promise<Agent> => {
    const { clock, random, compression } = process;
    const plain = simDisk(process, medium);
    const disk = replace.agentDisk?.(plain) ?? plain;
    const http = simHttp(process, net, wire);
    const ports = { clock, random, compression, disk, http, processes: noProcesses } satisfies Ports;
    const identity = await readIdentity(disk, STATE_FOLDER);
    if (!identity) throw new Error('the identity is gone');
    const opened = state.open(process);
    const link = (self: Parameters<typeof simLink>[0]['self']) => {
      const real = simLink({ process, net, wire, self, watch: watchOf(process) });
      const tampered = { ...real, fetchDesired: replays.over(real.fetchDesired) };
      return replace.link?.(tampered) ?? tampered;
    };
    return startAgent({
      ports,
      logger: process.logger,
      life,
      identity,
      state: replace.state?.(opened) ?? opened,
      folder: STATE_FOLDER,
      inventory,
      outbox: { quota, ttls: TTLS },
      make: { link, driver: () => showing(memoryDriver()), helpers: noHelpers },
    });
  };

  const device: SimDevice = {
    name,
    id: '',
    wire,
    cuts: { upCut: 0, downCut: 0 },
    medium,
    state,
    ledger,
    numbers,
    quota,
    replaying: false,
    skew: 0,
    awaited: new Set(),
    token: decodeJoinToken(options.token)!,
    firstChain: [],
    onApplied: () => {},
    onBegun: () => {},
    onLoaded: () => {},
    onCrash: () => {},
    get doing() {
      return doing;
    },
    get agent() {
      return agent;
    },
    get agentStarts() {
      return agents;
    },
    startAgent() {
      if (agentProcess) return;
      agents += 1;
      const process = simProcess({
        world,
        name: `${name} agent ${agents}`,
        skew: () => device.skew,
        logger,
        onCrash: (error) => device.onCrash(error),
      });
      agentProcess = process;
      enter('offline');
      const life = lifetime({ clock: process.clock, logger: process.logger });
      run(process, life).then(
        (started) => {
          if (agentProcess === process) agent = started;
        },
        (error) => {
          process.logger.warn('the agent did not start', { error });
          if (agentProcess !== process) return;
          device.killAgent();
          world.after(RESTART_MS, device.startAgent);
        },
      );
    },
    killAgent() {
      const killed = agentProcess;
      agentProcess = undefined;
      agent = undefined;
      killed?.kill();
      enter('down');
    },
    startRuntime() {
      if (runtime) return;
      runtimes += 1;
      const bootId = uuidv7({ now: () => world.time }, world.random(`${name} boot ${runtimes}`));
      const started = startSimRuntime({
        world,
        name: `${name} runtime ${runtimes}`,
        medium,
        skew: () => device.skew,
        quota,
        bootId,
        streamIds,
        onRenamed: numbers.renamed,
        logger,
        onCrash: (error) => device.onCrash(error),
        replaceDisk: replace.runtimeDisk,
        replaceSinceBoot: replace.sinceBoot,
        replaceLimit: replace.limit,
      });
      runtime = started;
      started.keeper.then(
        (keeper) => runtime === started && readings.setKeeper(keeper),
        () => {
          if (runtime !== started) return;
          device.killRuntime();
          world.after(RESTART_MS, device.startRuntime);
        },
      );
    },
    killRuntime() {
      runtime?.kill();
      runtime = undefined;
      readings.setKeeper(undefined);
    },
    stopSources: readings.stop,
    clone() {
      clones += 1;
      const disk = memoryDisk(() => world.time);
      disk.load(medium.disk.image());
      const numbersFrom = clones * CLONE_NUMBERS;
      const own = { ...options, name: `${name} clone ${clones}` };
      const clone = deviceOf(own, wire, newMedium(disk), { state, numbers, streamIds, numbersFrom });
      return Object.assign(clone, { id: device.id, firstChain: device.firstChain });
    },
  };
  return device;
}
