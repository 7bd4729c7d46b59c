import { fingerprintOf, type Inventory, type Welcome } from '@skerry/contracts';
import { every, type Lifetime, type Logger, type Ports } from '@skerry/kit';
import type { Commands } from '../commands/commands.ts';
import type { DesiredSource } from '../desired/desired.ts';
import { followDesired } from '../desired/follow.ts';
import type { Driver } from '../drivers/driver.ts';
import { derOf } from '../identity/identity.ts';
import { introduction } from '../identity/introduction.ts';
import { startRenewal } from '../identity/renewal.ts';
import type { Intent } from '../intent.ts';
import type { Link } from '../link/link.ts';
import { paceOf } from '../pace.ts';
import type { Tell } from '../report/events.ts';
import type { Reporter } from '../report/reporter.ts';
import type { Self } from '../self.ts';
import type { AgentState } from '../state/state.ts';
import type { Uplink } from '../uplink/uplink.ts';
import type { ConversationOptions } from './conversation.ts';
import { sessions as openSessions, type Sessions } from './session.ts';

export interface FollowHubOptions {
  readonly ports: Pick<Ports, 'clock' | 'random'>;
  readonly logger: Logger;
  readonly life: Lifetime;
  readonly self: Self;
  readonly link: Link;
  readonly bootId: string;
  readonly boots: ConversationOptions['boots'];
  readonly inventory: Inventory;
  readonly tell: Tell;
  readonly desired: DesiredSource;
  readonly intent: Pick<Intent, 'desiredChanged'>;
  readonly driver: Pick<Driver, 'setTime'>;
  readonly uplink: Uplink;
  readonly reporter: Reporter;
  readonly commands: Pick<Commands, 'take'>;
  readonly state: AgentState;
}

const KEEP_TIME_MS = 3_600_000;

/** All that the hub has a say in: sessions, the desired state, the time, the certificate, the pace. */
export async function followHub(options: FollowHubOptions): Promise<Sessions> {
  const { ports, logger, life, self, link, tell, desired, intent, driver, uplink, reporter } = options;
  const basics = { ...ports, logger, link, tell };

  const heed = () => {
    const { site, hub } = desired.current?.parts ?? {};
    if (hub) void self.moved(hub.addresses);
    const pace = paceOf(site);
    uplink.setPace(pace);
    reporter.setFiguresEvery(pace.figuresMs);
  };
  const following = followDesired({
    ...basics,
    source: desired,
    isConnected: () => sessions.state.connected,
    lookMs: () => paceOf(desired.current?.parts.site).lookMs,
    onChanged: () => {
      heed();
      intent.desiredChanged();
    },
  });
  const takeOffer = (etag: string | undefined) => {
    if (etag !== undefined) following.offered(etag);
  };
  const onWelcome = ({ time, desired: etag }: Welcome) => {
    self.time.learn(Date.parse(time));
    driver.setTime(self.time);
    takeOffer(etag);
  };
  const { name } = self.identity;
  const fingerprint = () => fingerprintOf(derOf(self.identity.chain[0]!));
  const introduce = introduction({ ...options, ...ports, hub: self.hub, name, fingerprint });
  const reconnectMs = () => paceOf(desired.current?.parts.site).reconnectMs;
  const talking = { onWelcome, onNudge: takeOffer, introduce, reconnectMs };
  const sessions = openSessions({ ...options, ...basics, ...talking });
  const onRenewed = async (chain: readonly string[]) => {
    await self.certified(chain);
    sessions.tryNow();
  };

  /** As the hub told it, and what went by since: a device that is connected for months remembers more than its start. */
  const keepTime = () => {
    if (self.time.known) self.time.witness(self.time.now());
  };

  heed();
  await life.start(
    'desired',
    () => following,
    (it) => it.stop(),
  );
  await life.start('sessions', sessions.start, sessions.stop);
  await life.start(
    'urgency',
    () => uplink.onUrgent(sessions.hurry),
    (stop) => stop(),
  );
  await life.start(
    'time',
    () => every(ports.clock, KEEP_TIME_MS, keepTime),
    (stop) => stop(),
  );
  const renewing = { ...basics, time: self.time, identity: () => self.identity, onRenewed };
  await life.start(
    'renewal',
    () => startRenewal(renewing),
    (it) => it.stop(),
  );
  return sessions;
}
