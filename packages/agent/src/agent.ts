import { type Inventory, identityUri, type Reported, type Welcome } from '@skerry/contracts';
import { type Lifetime, type Logger, type Ports, uuidv7 } from '@skerry/kit';
import { openOutboxWriter, outboxQuota } from '@skerry/kit/outbox';
import { openArtifacts } from './artifacts/artifacts.ts';
import { hubRegistry } from './artifacts/registry.ts';
import { desiredSource } from './desired/desired.ts';
import { followDesired } from './desired/follow.ts';
import type { Driver } from './drivers/driver.ts';
import { type HubClient, hubClient } from './identity/hub-client.ts';
import { type DeviceIdentity, validityOf, writeChain } from './identity/identity.ts';
import { renewsAt, startRenewal } from './identity/renewal.ts';
import { type TrustedTime, trustedTime } from './identity/trusted-time.ts';
import { intent as openIntent } from './intent.ts';
import type { Link } from './link/link.ts';
import { paceOf } from './pace.ts';
import { hasTransition } from './report/conditions.ts';
import { deviceEvents } from './report/events.ts';
import { buildReported } from './report/reported.ts';
import { reporter as openReporter } from './report/reporter.ts';
import { type LinkState, sessions as openSessions } from './session/session.ts';
import type { AgentState } from './state/state.ts';
import { uplink as openUplink } from './uplink/uplink.ts';

/** What makes a link and a driver once there is something to make them of. */
export interface Makers {
  link(parts: { identity: () => DeviceIdentity; hub: HubClient; time: TrustedTime }): Link;
  /** `source` is who speaks in the runtime's events. */
  driver(source: string): Driver;
}

export interface AgentOptions {
  readonly ports: Ports;
  readonly logger: Logger;
  readonly life: Lifetime;
  readonly identity: DeviceIdentity;
  readonly state: AgentState;
  readonly folder: string;
  readonly inventory: Inventory;
  readonly make: Makers;
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
  status(): AgentStatus;
  /** Resolves with the base address of the models once the runtime is up. */
  readonly serving: Promise<string>;
}

/** Bytes of the device's own events that wait for the hub, at most. */
const EVENTS_QUOTA = 16 * 1024 * 1024;

/**
 * Starts the agent's parts, each on one of the two flows: intent down (desired → plan → apply → report) and data up
 * (outbox → uplink). What the lifetime stops includes the runtime.
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { ports, logger, life, state, folder, inventory, make } = options;
  const { clock, random, disk, http, compression } = ports;
  let identity = options.identity;
  const whoWeAre = () => identity;
  const bootId = uuidv7(clock, random);
  const source = identityUri({ kind: 'device', ...identity });
  const time = trustedTime(clock, () => validityOf(identity.chain).notBefore);
  const hub = hubClient({ http, identity: whoWeAre, time });
  const link = make.link({ identity: whoWeAre, hub, time });

  const outbox = `${folder}/outbox`;
  const own = `${outbox}/agent`;
  for (const folder of [own, `${outbox}/runtime`]) await disk.makeFolder(folder);
  const quota = await life.start(
    'quota',
    () => outboxQuota({ disk, clock, root: own, limit: EVENTS_QUOTA }),
    (it) => it.stop(),
  );
  const writer = await life.start(
    'events',
    () => openOutboxWriter({ disk, clock, random, folder: `${own}/event`, quota }),
    (it) => it.close(),
  );
  const tell = deviceEvents({ writer, clock, logger, source, bootId, isTimeKnown: () => time.known });

  const artifacts = await openArtifacts(disk, hubRegistry(hub), `${folder}/artifacts`);
  const desired = desiredSource({
    disk,
    logger,
    link,
    identity: whoWeAre,
    time,
    folder: `${folder}/desired`,
  });
  await desired.restore();

  const uplink = await life.start(
    'uplink',
    () => openUplink({ disk, clock, compression, logger, state, root: outbox, source }),
    (it) => it.close(),
  );

  const build = async (): Promise<Reported> => {
    const streams = await uplink.summaries();
    const { notAfter } = validityOf(identity.chain);
    const certificate = { notAfter: timeText(notAfter), renewsAt: timeText(renewsAt(identity)) };
    const { current, blocked } = desired;
    const view = { ...intent.view(), desired: current, blocked, streams, certificate, inventory, time };
    const before = state.recall('conditions');
    const reported = buildReported(view, before, clock.now());
    if (hasTransition(before, reported.conditions)) state.remember('conditions', reported.conditions);
    return reported;
  };
  const driver = make.driver(source);
  const serving = firstAddress(driver);
  const intent = openIntent({
    desired,
    driver,
    artifacts,
    state,
    clock,
    random,
    logger,
    tell,
    onChange: () => reporter.changed(),
  });
  const reporter = openReporter({ clock, logger, build });
  await life.start(
    'reporter',
    () => reporter,
    (it) => it.stop(),
  );
  await life.start(
    'intent',
    () => intent.start(),
    () => intent.stop(),
    { stopMs: 15_000 },
  );

  const setPace = () => {
    const pace = paceOf(desired.current?.parts.site);
    uplink.setPace(pace);
    reporter.setFiguresEvery(pace.figuresMs);
  };
  setPace();
  const following = await life.start(
    'desired',
    () =>
      followDesired({
        source: desired,
        clock,
        random,
        logger,
        tell,
        isConnected: () => sessions.state.connected,
        onChanged: () => {
          setPace();
          intent.desiredChanged();
        },
      }),
    (it) => it.stop(),
  );

  const lookIfOther = (etag: string | undefined) => {
    if (etag !== undefined && desired.differs(etag)) following.look();
  };
  const onWelcome = (welcome: Welcome) => {
    time.learn(Date.parse(welcome.time));
    driver.setTimeKnown(true);
    lookIfOther(welcome.desired);
  };
  const sessions = openSessions({
    link,
    clock,
    random,
    logger,
    uplink,
    reporter,
    bootId,
    inventory,
    onWelcome,
    onNudge: lookIfOther,
  });
  await life.start(
    'sessions',
    () => sessions.start(),
    () => sessions.stop(),
  );
  const onRenewed = async (chain: readonly string[]) => {
    await writeChain(disk, folder, chain);
    identity = { ...identity, chain, certifiedAt: time.now() };
    sessions.tryNow();
  };
  await life.start(
    'renewal',
    () => startRenewal({ link, clock, random, logger, time, tell, identity: whoWeAre, onRenewed }),
    (it) => it.stop(),
  );

  const { hubId, project, projectId, deviceId, name, addresses } = identity;
  const device = { hubId, project, projectId, deviceId, name, addresses };
  return { status: () => ({ device, link: sessions.state, reported: reporter.latest }), serving };
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

const timeText = (ms: number) => new Date(ms).toISOString();
