import { identityUri } from '@skerry/contracts';
import type { Disk, HttpResponse, Logger, Ports } from '@skerry/kit';
import { movedTo, mqttAt, reachedAt } from './identity/hub-addresses.ts';
import { type HubClient, hubClient, hubJudge } from './identity/hub-client.ts';
import { type DeviceIdentity, validityOf } from './identity/identity.ts';
import { type ChangingPart, identityKeeper } from './identity/keeper.ts';
import { keptTime } from './identity/kept-time.ts';
import { patientClient } from './identity/patient-client.ts';
import { type CertificateTimes, certificateTimes } from './identity/renewal.ts';
import type { TrustedTime } from './identity/trusted-time.ts';
import type { AgentState } from './state/state.ts';

/** Who this device is, what time it is for it, and how it speaks to its hub. */
export interface Self {
  /** As it is now: its certificate is renewed while it runs. */
  readonly identity: DeviceIdentity;
  /** When its certificate ends, and when it is renewed; ms since the epoch. */
  readonly certificate: CertificateTimes;
  /** `skerry://…`: who speaks in this device's events. */
  readonly source: string;
  readonly time: TrustedTime;
  readonly hub: HubClient;
  /** Throws `CertificateRefused` unless the chain (DER, leaf first) is the hub's, as far as this device can know. */
  requireHub(chain: readonly Uint8Array[]): void;
  /*
   * What follows counts at once, from the next connection on, and never rejects: what the disk refuses is written once it
   * takes it.
   */
  /** There is a new chain. */
  certified(chain: readonly string[]): Promise<void>;
  /** Pins the last of these roots (PEM), which follow the one that is held. */
  rooted(path: readonly string[]): Promise<void>;
  /** The hub says that it is there now. */
  moved(addresses: readonly string[]): Promise<void>;
  /** The hub was reached at that address: what it no longer names may be forgotten. */
  reached(address: string): Promise<void>;
  /** Resolves once all of that is durable. Rejects with `StorageFailed`. */
  kept(): Promise<void>;
  stop(): Promise<void>;
}

export interface SelfOptions {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'http'> & { readonly disk: Disk };
  readonly logger: Logger;
  readonly identity: DeviceIdentity;
  /** The agent's state folder. */
  readonly folder: string;
  readonly state: Pick<AgentState, 'recall' | 'remember'>;
}

export function openSelf({ ports, logger, identity: first, folder, state }: SelfOptions): Self {
  const { clock, random, disk, http } = ports;
  let identity = first;
  let certificate = certificateTimes(first);
  const time = keptTime(clock, state);
  time.witness(validityOf(first.chain).notBefore);
  const keeper = identityKeeper({ disk, clock, logger, folder, identity: () => identity });
  const learn = async (part: ChangingPart, news: Partial<DeviceIdentity> | undefined) => {
    if (!news) return;
    identity = { ...identity, ...news };
    await keeper.changed(part);
  };
  const onAnswer = (address: string, { headers }: HttpResponse) => {
    void learn('hub', mqttAt(identity, address, headers['alt-svc']));
  };
  const judge = hubJudge(time);
  const requireHub: Self['requireHub'] = (chain) => judge(chain, identity);
  const hub = hubClient({ http, identity: () => identity, requireHub, onAnswer });
  return {
    get identity() {
      return identity;
    },
    get certificate() {
      return certificate;
    },
    source: identityUri({ kind: 'device', ...first }),
    time,
    requireHub,
    hub: patientClient(hub, { clock, random, logger }),
    certified(chain) {
      time.witness(validityOf(chain).notBefore);
      const done = learn('chain', { chain, certifiedAt: time.known ? time.now() : time.atLeast });
      certificate = certificateTimes(identity);
      return done;
    },
    rooted(path) {
      const { root, formerRoots = [] } = identity;
      const former = [...formerRoots, root, ...path.slice(0, -1)];
      return learn('hub', { root: path.at(-1) ?? root, formerRoots: former });
    },
    moved: (addresses) => learn('hub', movedTo(identity, addresses)),
    reached: (address) => learn('hub', reachedAt(identity, address)),
    kept: keeper.kept,
    stop: keeper.stop,
  };
}
