import { identityUri } from '@skerry/contracts';
import { type Disk, type HttpResponse, inTurn, type Logger, type Ports } from '@skerry/kit';
import { movedTo, mqttAt, reachedAt } from './identity/hub-addresses.ts';
import { type HubClient, hubClient, hubJudge } from './identity/hub-client.ts';
import { type DeviceIdentity, validityOf } from './identity/identity.ts';
import { writeChain, writeHub } from './identity/kept-identity.ts';
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
  /** Keeps a new chain, durably; it is shown from the next connection on. */
  certified(chain: readonly string[]): Promise<void>;
  /** Pins the last of these roots (PEM), which follow the one that is held; durable when it resolves. */
  rooted(path: readonly string[]): Promise<void>;
  /** Keeps where the hub says that it is, durably; it is looked for there from the next connection on. */
  moved(addresses: readonly string[]): Promise<void>;
  /** The hub was reached at that address: what it no longer names may be forgotten. */
  reached(address: string): Promise<void>;
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
  const turn = inTurn();
  const keep = (change: (now: DeviceIdentity) => Partial<DeviceIdentity> | undefined) =>
    turn(async () => {
      const next = change(identity);
      if (!next) return;
      await writeHub(disk, folder, { ...identity, ...next });
      identity = { ...identity, ...next };
    });
  const onAnswer = (address: string, { headers }: HttpResponse) => {
    const said = headers['alt-svc'];
    if (!mqttAt(identity, address, said)) return;
    keep((now) => mqttAt(now, address, said)).catch((error) =>
      logger.error('where the hub takes MQTT could not be kept', { error }),
    );
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
    async certified(chain) {
      await writeChain(disk, folder, chain);
      time.witness(validityOf(chain).notBefore);
      identity = { ...identity, chain, certifiedAt: time.known ? time.now() : time.atLeast };
      certificate = certificateTimes(identity);
    },
    rooted: (path) =>
      keep(({ root, formerRoots = [] }) => ({
        root: path.at(-1) ?? root,
        formerRoots: [...formerRoots, root, ...path.slice(0, -1)],
      })),
    moved: (addresses) => keep((now) => movedTo(now, addresses)),
    reached: (address) => keep((now) => reachedAt(now, address)),
  };
}
