import type { Clock, Http, Logger, Random } from '@skerry/kit';
import type { Dial } from '@skerry/kit/node';
import type { Pace } from '../pace.ts';
import type { Self } from '../self.ts';
import type { LinkConnection, LinkListener } from './link.ts';
import type { Transport } from './transport.ts';

/** What a transport needs of this device and machine. */
export interface WireOptions {
  readonly self: Pick<Self, 'identity' | 'time'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** TCP, through a proxy where one is set. */
  readonly dial: Dial;
  /** HTTPS over one connection that is kept from request to request. */
  readonly openHttp: () => Http;
}

/** One connection to be opened. */
export interface Opening {
  /** One of the hub's, of a scheme that the transport goes by. */
  readonly address: URL;
  readonly listener: LinkListener;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

/** Resolves once the hub has taken the connection. Rejects as `Link.connect` does. */
export type OpenConnection = (opening: Opening, options: WireOptions) => Promise<LinkConnection>;

export type Wires = Readonly<Record<Transport, OpenConnection>>;
