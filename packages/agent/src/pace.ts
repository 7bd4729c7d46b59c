import type { DesiredState } from '@skerry/contracts';
import type { Transport } from './link/transport.ts';

/** How patient the site's network wants us to be, and how sparing. Milliseconds throughout. */
export interface Pace {
  /** That a message may wait for company. Alarms never do. */
  readonly lingerMs: number;
  /** Between two reports of mere figures. What happened is reported at once. */
  readonly figuresMs: number;
  /** Between two looks for another desired state, where nobody nudges. Each is a handshake and a question. */
  readonly lookMs: number;
  /** That the largest batch may take until it is acknowledged. */
  readonly ackMs: number;
  /** Silence after which either side of a link asks whether the other is there. */
  readonly keepAliveMs: number;
  /** The best first. */
  readonly transports: readonly Transport[];
  /** Between two tries of a better way while another works, once it has failed often. */
  readonly retryMs: number;
  /** Between two tries to reach a hub that is away for long, at most. Each is a handshake by every way. */
  readonly reconnectMs: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Ports are free, firewalls are not: one port for everything is the likeliest to be open. */
const wired: Pace = {
  lingerMs: 250,
  figuresMs: 2 * SECOND,
  lookMs: 15 * MINUTE,
  ackMs: 15 * SECOND,
  keepAliveMs: 30 * SECOND,
  transports: ['mqtt-ws', 'mqtt-tls', 'https'],
  retryMs: 30 * MINUTE,
  reconnectMs: MINUTE,
};

/** Bytes cost. Carriers forget a connection that is silent for some five minutes. */
const cellular: Pace = {
  lingerMs: MINUTE,
  figuresMs: MINUTE,
  lookMs: 2 * HOUR,
  ackMs: MINUTE,
  keepAliveMs: 4 * MINUTE,
  transports: ['mqtt-tls', 'mqtt-ws', 'https'],
  retryMs: 2 * HOUR,
  reconnectMs: 5 * MINUTE,
};

/**
 * Bytes cost most, and a batch may take minutes. The hub refuses a keep-alive over 20 minutes. Figures may be an hour
 * old for who looks at the site: what arrives of its messages the hub knows itself.
 */
const satellite: Pace = {
  lingerMs: 15 * MINUTE,
  figuresMs: HOUR,
  lookMs: 12 * HOUR,
  ackMs: 5 * MINUTE,
  keepAliveMs: 15 * MINUTE,
  transports: ['mqtt-tls', 'mqtt-ws', 'https'],
  retryMs: 6 * HOUR,
  reconnectMs: 15 * MINUTE,
};

/** An air-gapped site has its hub, if any, on its own wires. */
const byNetwork: Readonly<Record<string, Pace>> = { wired, cellular, satellite, 'air-gapped': wired };

/** That of a network of a later version is as sparing as a cellular one. */
export function paceOf(site: DesiredState['site']): Pace {
  return site === undefined ? wired : (byNetwork[site.network] ?? cellular);
}
