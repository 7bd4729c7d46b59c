import type { LogLine } from '@skerry/contracts';
import type { Clock, Disk } from '@skerry/kit';
import type { Finding } from '../check/finding.ts';
import type { Driver } from '../drivers/driver.ts';
import type { Actions } from './commands.ts';
export interface ActionNeeds {
  readonly ports: {
    readonly disk: Disk;
    readonly clock: Clock;
  };
  /** The agent's state folder. */
  readonly folder: string;
  readonly driver: Pick<Driver, 'restart'>;
  readonly helpers: CommandHelpers;
}
/** What commands need of the machine. */
export interface CommandHelpers {
  check(): Promise<{
    ok: boolean;
    findings: Finding[];
  }>;
  /** Gives what takes this device's secrets out of a line. */
  lineScrubber(): Promise<(line: LogLine) => LogLine>;
}
export declare function actionsOf({ ports, folder, driver, helpers }: ActionNeeds): Actions;
