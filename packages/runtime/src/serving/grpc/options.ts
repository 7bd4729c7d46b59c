import type { Clock, Logger } from '@skerry/kit';
import type { Security } from '../../access/security.ts';
import type { Limits } from '../../http/limits.ts';
import type { ModelTable } from '../../models/model-table.ts';
import type { Observer } from '../../observe/call.ts';
import type { Pulse } from '../../threads/pulse.ts';
import type { Central } from '../central.ts';

export interface GrpcOptions {
  readonly models: ModelTable;
  readonly clock: Clock;
  readonly central: Central;
  readonly logger: Logger;
  readonly version: string;
  /** False while starting and draining. */
  readonly isReady: () => boolean;
  readonly security: Pick<Security, 'authorize' | 'certificateOf' | 'tls'>;
  readonly limits: GrpcLimits;
  /** Looks on at calls. */
  readonly observer?: Observer | undefined;
  /** Told of connections. */
  readonly pulse: Pick<Pulse, 'opened' | 'closed'>;
}

export interface GrpcLimits extends Pick<Limits, 'idleMs' | 'connections'> {
  /** Bytes of a message, at most, as it comes and decompressed. */
  readonly bodyLimit: number;
}
