import { validityOf } from '../identity/identity.ts';
import { facts } from '../state/state.ts';
import { type Found, fail, pass, warn } from './finding.ts';
import type { StateCopy } from './probes.ts';
import { known, type Site } from './site.ts';

/** Clocks that were set by a person are a little off. */
const TOLERANCE_MS = 2 * 60_000;

/** A moment that certainly lies behind us. */
interface Past {
  readonly at: number;
  readonly what: string;
}

/** The machine's clock against the latest moment that certainly lies behind us. */
export async function checkClock(site: Site): Promise<Found[]> {
  const now = site.ports.clock.now();
  const past = await latestPast(site);
  if (past && now < past.at - TOLERANCE_MS)
    return [
      fail(
        `the clock stands at ${iso(now)}, before ${past.what} at ${iso(past.at)}`,
        'Set it, and see that it is kept: `timedatectl set-ntp true`, a time server of the site, a battery. Until the hub is reached, messages are marked as of unknown time.',
      ),
    ];
  return [pass(`the clock stands at ${iso(now)}${past ? `, after ${past.what}` : ''}`), ...ofTheHub(site)];
}

/** What the hub said, to the agent that runs. */
function ofTheHub({ running }: Site): Found[] {
  const told = running?.reported?.conditions.TimeKnown;
  if (!told || told.status === 'True') return [];
  return [warn(told.message, 'Nothing, if the hub is away: the time is learnt when it is back.')];
}

/** Also what a certificate's validity is judged by where the clock is wrong. */
export async function latestPast(site: Site): Promise<Past | undefined> {
  const identity = known(site.identity);
  const desired = known(site.desired);
  const built = await site.ports.probes.builtAt();
  const state = known(site.state);
  const moments: Past[] = [
    { at: hubTimeIn(state), what: 'the hub’s last word' },
    { at: built, what: 'this program was built' },
    { at: madeAt(identity?.chain[0]), what: 'the hub made this device’s certificate' },
    ...(desired
      ? [{ at: Date.parse(desired.statement.issuedAt), what: 'the hub signed the desired state' }]
      : []),
  ];
  return moments.filter(({ at }) => Number.isFinite(at)).toSorted((a, b) => b.at - a.at)[0];
}

/** Not a number before the agent has met its hub. */
const hubTimeIn = (state: StateCopy | undefined): number =>
  facts.hubTime.safeParse(state?.facts.hubTime).data || Number.NaN;

/** Not a number where there is no certificate that can be read: another check says so. */
function madeAt(certificate = ''): number {
  try {
    return validityOf([certificate]).notBefore;
  } catch {
    return Number.NaN;
  }
}

const iso = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
