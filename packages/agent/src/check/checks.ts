import { checkCertificate } from './certificate.ts';
import { checkClock } from './clock.ts';
import { checkCopies } from './copies.ts';
import { checkEngine } from './engine.ts';
import { checkFiles } from './files.ts';
import type { Found } from './finding.ts';
import { checkMemory } from './memory.ts';
import { checkModels } from './models.ts';
import { checkNames } from './names.ts';
import { checkProxy } from './proxy.ts';
import { checkRunning } from './running.ts';
import type { Site } from './site.ts';
import { checkDisk, checkOutbox } from './storage.ts';
import { checkTransports } from './transports.ts';

export interface Check {
  readonly name: string;
  readonly run: (site: Site) => Promise<Found[]>;
  readonly deadlineMs: number;
  /** Left out where there is no state folder, which another check says. */
  readonly inFolder?: true;
}

const SOON_MS = 30_000;
/** Models are read whole, from slow cards too. */
const LATER_MS = 30 * 60_000;

/** All that is checked, in the order in which it is shown. */
export const checks: readonly Check[] = [
  { name: 'agent', run: checkRunning, deadlineMs: SOON_MS },
  { name: 'files', run: checkFiles, deadlineMs: SOON_MS },
  { name: 'clock', run: checkClock, deadlineMs: SOON_MS },
  { name: 'disk', run: checkDisk, deadlineMs: SOON_MS, inFolder: true },
  { name: 'outbox', run: checkOutbox, deadlineMs: SOON_MS, inFolder: true },
  { name: 'memory', run: checkMemory, deadlineMs: SOON_MS, inFolder: true },
  { name: 'copies', run: checkCopies, deadlineMs: SOON_MS, inFolder: true },
  { name: 'certificate', run: checkCertificate, deadlineMs: SOON_MS, inFolder: true },
  { name: 'names', run: checkNames, deadlineMs: SOON_MS },
  { name: 'proxy', run: checkProxy, deadlineMs: SOON_MS },
  { name: 'link', run: checkTransports, deadlineMs: SOON_MS, inFolder: true },
  { name: 'engine', run: checkEngine, deadlineMs: 2 * SOON_MS },
  { name: 'models', run: checkModels, deadlineMs: LATER_MS, inFolder: true },
];
