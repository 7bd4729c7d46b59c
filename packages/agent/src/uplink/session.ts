import type { LinkConnection } from '../link/link.ts';

/** A live session, as delivery needs it. */
export interface UplinkSession {
  readonly id: string;
  readonly connection: LinkConnection;
  /** Hub and device do not agree on a stream any more, or a new one has come: say hello anew. */
  readonly onAnew: () => void;
}
