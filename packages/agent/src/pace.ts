import type { DesiredState } from '@skerry/contracts';

/** How patient the site's network wants us to be, in milliseconds. */
export interface Pace {
  /** That a message may wait for company. Alarms never do. */
  readonly lingerMs: number;
  /** Between two reports of mere figures. What happened is reported at once. */
  readonly figuresMs: number;
}

const wired: Pace = { lingerMs: 250, figuresMs: 2_000 };
const metered: Pace = { lingerMs: 60_000, figuresMs: 60_000 };

export function paceOf(site: DesiredState['site']): Pace {
  return site === undefined || site.network === 'wired' ? wired : metered;
}
