import type { Lifetime, Logger, Ports } from '@skerry/kit';
import type { Security } from './access/security.ts';
import type { ProcessUsage } from './metrics/process-metrics.ts';
import type { ModelTable } from './models/model-table.ts';
import type { Settings } from './settings.ts';
import type { Pulse } from './threads/pulse.ts';

/** What the parts of one serving thread are built with: the main thread, or a worker. */
export interface ServingContext {
  readonly settings: Settings;
  readonly ports: Ports;
  readonly logger: Logger;
  readonly life: Lifetime;
  readonly models: ModelTable;
  /** Who may ask on the serving ports, and how they are encrypted. */
  readonly security: Security;
  readonly pulse: Pulse;
  readonly version: string;
  /** False once it is asked to stop. */
  readonly isReady: () => boolean;
}

/** What the parts of a runtime are built with. Nothing in it is global, so that several can live in one process. */
export interface Context extends ServingContext {
  readonly pid: number;
  readonly usage: () => ProcessUsage;
  /** Starts the acceptance child: program and arguments. */
  readonly acceptanceChild: readonly [program: string, ...args: string[]];
  /** Ends the process at once, since a part of it cannot be helped any more. */
  readonly giveUp: (why: string) => void;
  /** A thread hangs in native code: once all else has stopped, the process has to end itself by a signal. */
  readonly cannotExit: () => void;
}
