import type { Inventory, Reported, StreamTtls } from '@skerry/contracts';
import { type Lifetime, type Logger, type Ports, uuidv7 } from '@skerry/kit';
import { openOutboxProducer, outboxShares } from '@skerry/kit/outbox';
import { openArtifacts } from './artifacts/artifacts.ts';
import { hubRegistry } from './artifacts/registry.ts';
import { actionsOf, type CommandHelpers } from './commands/actions.ts';
import { commands as openCommands } from './commands/commands.ts';
import { desiredSource } from './desired/desired.ts';
import type { Driver } from './drivers/driver.ts';
import { followingRoot } from './identity/follow-root.ts';
import type { DeviceIdentity } from './identity/identity.ts';
import { mendIdentity } from './identity/kept-identity.ts';
import { intent as openIntent } from './intent.ts';
import type { Link } from './link/link.ts';
import { type Pace, paceOf } from './pace.ts';
import { describer } from './report/describe.ts';
import { deviceEvents, type Tell } from './report/events.ts';
import { reporter as openReporter } from './report/reporter.ts';
import { openSelf, type Self } from './self.ts';
import { followHub } from './session/follow-hub.ts';
import type { LinkState } from './session/session.ts';
import { lastApplied } from './state/last-applied.ts';
import type { AgentState } from './state/state.ts';
import { uplink as openUplink } from './uplink/uplink.ts';

/** What makes a link and a driver once there is something to make them of. */
export interface Makers {
  /** `pace` gives that of now. */
  link(self: Self, pace: () => Pace): Link;
  /** `source` is who speaks in the runtime's events. */
  driver(source: string): Driver;
  /** For commands. */
  readonly helpers: CommandHelpers;
}

export interface AgentOptions {
  readonly ports: Ports;
  readonly logger: Logger;
  readonly life: Lifetime;
  readonly identity: DeviceIdentity;
  readonly state: AgentState;
  readonly folder: string;
  readonly inventory: Inventory;
  /** Bytes that may wait for the hub, of all producers, and for how long. */
  readonly outbox: { readonly quota: number; readonly ttls: StreamTtls };
  readonly make: Makers;
  /** The machine's, which the runtime's messages name; absent where the system names none. */
  readonly machineBoot?: { readonly id: string; ms(): number } | undefined;
}

/** What an agent says of itself to those on the same machine. */
export interface AgentStatus {
  readonly device: Pick<
    DeviceIdentity,
    'hubId' | 'project' | 'projectId' | 'deviceId' | 'name' | 'addresses'
  >;
  readonly link: LinkState;
  readonly reported: Reported | undefined;
}

export interface Agent {
  status(): Promise<AgentStatus>;
  /** Resolves with the base address of the models once the runtime is up. */
  readonly serving: Promise<string>;
}

/** The runtime drains before it ends. */
const STOP_RUNTIME_MS = 15_000;

/**
 * Starts the agent's parts, each on one of the two flows: intent down (desired → plan → apply → report) and data up
 * (outbox → uplink). What the lifetime stops includes the runtime.
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { ports, logger, life, state, folder, inventory, make, machineBoot } = options;
  const { clock, compression, disk } = ports;
  await mendIdentity(disk, folder).then(
    (mended) =>
      mended.length > 0 && logger.warn('files that were not as their copies were mended', { mended }),
    (error) => logger.warn('a file of the identity is not as its copy, and cannot be mended now', { error }),
  );
  const self = await life.start(
    'self',
    () => openSelf(options),
    (it) => it.stop(),
  );
  const bootId = uuidv7(clock, ports.random);
  const root = `${folder}/outbox`;
  const tell = await startEvents(options, self, bootId, root);
  const ways = make.link(self, () => paceOf(desired.current?.parts.site));
  const link = followingRoot(ways, { ...ports, logger, self, tell });

  const artifacts = await openArtifacts(disk, hubRegistry(self.hub), `${folder}/artifacts`);
  const desired = desiredSource({
    ...ports,
    logger,
    link,
    self,
    folder: `${folder}/desired`,
    applied: () => lastApplied(state, self.identity),
  });
  await desired.restore();
  const uplink = await life.start(
    'uplink',
    () => openUplink({ disk, clock, compression, logger, state, root, source: self.source }),
    (it) => it.close(),
  );

  const driver = make.driver(self.source);
  const serving = firstAddress(driver);
  const onChange = () => reporter.changed();
  const intent = openIntent({
    ...ports,
    device: self.identity,
    logger,
    desired,
    driver,
    artifacts,
    state,
    tell,
    onChange,
  });
  const build = describer({ clock, logger, self, state, inventory, desired, intent, uplink });
  const reporter = openReporter({ clock, logger, build });
  await life.start(
    'reporter',
    () => reporter,
    (it) => it.stop(),
  );
  await life.start('intent', intent.start, intent.stop, { stopMs: STOP_RUNTIME_MS });
  const actions = actionsOf({ ports, folder, driver, helpers: make.helpers });
  const commands = await life.start(
    'commands',
    () => openCommands({ records: state.commands, actions, clock, logger }),
    (it) => it.stop(),
  );
  const parts = {
    commands,
    self,
    link,
    bootId,
    boots: () => [
      { id: bootId, ms: Math.round(clock.monotonic()) },
      ...(machineBoot ? [{ id: machineBoot.id, ms: machineBoot.ms() }] : []),
    ],
    state,
    inventory,
    tell,
    desired,
    intent,
    driver,
    uplink,
    reporter,
  };
  const sessions = await followHub({ ports, logger, life, ...parts });

  const status = async () => ({
    device: deviceOf(self),
    link: sessions.state,
    reported: await reporter.look(),
  });
  return { status, serving };
}

/** The device's own events have a stream and a bound of their own. */
async function startEvents(options: AgentOptions, self: Self, bootId: string, root: string): Promise<Tell> {
  const { ports, logger, life, outbox } = options;
  const { clock, disk } = ports;
  await disk.makeFolder(`${root}/runtime`);
  const producer = await life.start(
    'events',
    () =>
      openOutboxProducer({
        ...ports,
        logger,
        folder: `${root}/agent`,
        limit: outboxShares(outbox.quota).agent,
        streams: [{ name: 'event', ttlMs: outbox.ttls.event }],
        time: {
          bootId,
          sinceBoot: clock.monotonic,
          hubTime: () => (self.time.known ? self.time.now() : undefined),
        },
      }),
    (it) => it.close(),
  );
  const append = (event: string) => producer.append('event', event);
  return deviceEvents({ append, clock, logger, source: self.source, bootId, time: self.time });
}

function deviceOf({ identity }: Self): AgentStatus['device'] {
  const { hubId, project, projectId, deviceId, name, addresses } = identity;
  return { hubId, project, projectId, deviceId, name, addresses };
}

function firstAddress(driver: Driver): Promise<string> {
  return new Promise((resolve) => {
    const stop = driver.onChange(() => {
      const { up, status } = driver.observed;
      if (!up || !status) return;
      stop();
      resolve(status.rest);
    });
  });
}
