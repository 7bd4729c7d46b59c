/**
 * How the hub tells a device from an older copy of itself. In every session it offers a fresh secret; the device
 * stores it durably, then confirms it, and shows it in its next hello. All values here are hashes of secrets. Pure.
 */
export interface Continuity {
  /** The last one confirmed or shown; null before the first. */
  readonly accepted: string | null;
  /** Offered since and not confirmed, oldest first: the device may have stored any of them before it was cut off. */
  readonly offered: readonly string[];
  /** The session that was greeted last: its hello may come twice. */
  readonly session: string | null;
}

/** `repeated`: the hello of the session that is live already. `contradicts`: it shows an older secret, or none. */
export type Verdict = 'continues' | 'repeated' | 'contradicts';

const MOST_OFFERED = 8;

export const unmet: Continuity = { accepted: null, offered: [], session: null };

/** Who shows the accepted secret, or one offered after it, goes on; of whom nothing is known, anybody does. */
export function judge({ accepted, offered, session }: Continuity, hello: Hello): Verdict {
  if (session === hello.session) return 'repeated';
  if (accepted === hello.shown) return 'continues';
  if (accepted === null && offered.length === 0) return 'continues';
  return hello.shown !== null && offered.includes(hello.shown) ? 'continues' : 'contradicts';
}

export interface Hello {
  readonly session: string;
  /** Hash of the secret that it shows. */
  readonly shown: string | null;
}

/** After a hello that goes on: what it showed is proven to be stored, and `fresh` is offered. */
export function offer(kept: Continuity, { session, shown }: Hello, fresh: string): Continuity {
  const { accepted, offered } = shown === null ? kept : confirmed(kept, shown);
  return { accepted: accepted ?? shown, offered: [...offered, fresh].slice(-MOST_OFFERED), session };
}

/** Nothing older than what was stored is accepted from now on. */
export function confirmed(kept: Continuity, stored: string): Continuity {
  const at = kept.offered.indexOf(stored);
  return at < 0 ? kept : { ...kept, accepted: stored, offered: kept.offered.slice(at + 1) };
}

/** The one that shows `shown` is the device from now on, whatever was known before. */
export function follow(shown: string | null): Continuity {
  return { ...unmet, accepted: shown };
}
