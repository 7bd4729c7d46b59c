import type { Lifetime, Logger, Ports } from '@skerry/kit';
import type { Security } from './access/security.ts';
import type { Engine } from './engines/engine.ts';
import type { ProcessUsage } from './metrics/process-metrics.ts';
import type { ModelTable } from './models/model-table.ts';
import type { Settings } from './settings.ts';

/** What the parts of a runtime are built with. Nothing in it is global, so that several can live in one process. */
export interface Context {
  readonly settings: Settings;
  readonly ports: Ports;
  readonly logger: Logger;
  readonly life: Lifetime;
  readonly models: ModelTable;
  readonly engine: Engine;
  /** Who may ask on the serving ports, and how they are encrypted. */
  readonly security: Security;
  readonly version: string;
  readonly pid: number;
  /** False once it is asked to stop. */
  readonly isReady: () => boolean;
  readonly usage: () => ProcessUsage;
  /** Starts the acceptance child: program and arguments. */
  readonly acceptanceChild: readonly [program: string, ...args: string[]];
}
