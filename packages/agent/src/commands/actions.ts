import type { CheckResult, Json, LogLine } from '@skerry/contracts';
import type { Clock, Disk } from '@skerry/kit';
import type { Driver } from '../drivers/driver.ts';
import { logPage } from '../logs/log-page.ts';
import type { Actions } from './commands.ts';

export interface ActionNeeds {
  readonly ports: { readonly disk: Disk; readonly clock: Clock };
  /** The agent's state folder. */
  readonly folder: string;
  readonly driver: Pick<Driver, 'restart'>;
  readonly helpers: CommandHelpers;
}

/** What commands need of the machine. */
export interface CommandHelpers {
  check(): Promise<CheckResult>;
  /** Gives what takes this device's secrets out of a line. */
  lineScrubber(): Promise<(line: LogLine) => LogLine>;
}

/** Bytes of lines in a page: with all else below what a result may have. */
const PAGE_BYTES = 96 * 1024;

export function actionsOf({ ports, folder, driver, helpers }: ActionNeeds): Actions {
  return {
    ping: async () => ({}),
    async logs(question) {
      const scrub = await helpers.lineScrubber();
      return jsonOf(await logPage({ ports, folder, question, maxBytes: PAGE_BYTES, scrub }));
    },
    check: async () => jsonOf(await helpers.check()),
    async 'restart-runtime'(_, signal) {
      await driver.restart(signal);
      return {};
    },
  };
}

const jsonOf = (value: object) => JSON.parse(JSON.stringify(value)) as Record<string, Json>;
