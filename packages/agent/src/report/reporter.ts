import { diffMergePatch, type JsonObject, type Reported } from '@skerry/contracts';
import { type Clock, every, type Logger, singleFlight, soonest } from '@skerry/kit';
import type { LinkConnection } from '../link/link.ts';
import type { Describe } from './describe.ts';
import { withoutFigures } from './reported.ts';

export interface ReportSession {
  readonly id: string;
  readonly connection: LinkConnection;
  /** The version that the hub holds. */
  readonly held: number;
}

/** Keeps the hub's copy of what this device says of itself up to date, by differences (RFC 7396). */
export interface Reporter {
  /** What is so now, all figures included. */
  look(): Promise<Reported>;
  /** Something may have changed. */
  changed(): void;
  begin(session: ReportSession): void;
  end(): void;
  /** How often mere figures are sent, ms; what happened is sent at once. */
  setFiguresEvery(ms: number): void;
  stop(): Promise<void>;
}

export interface ReporterOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly build: Describe;
}

/** Who drives the runtime says every two seconds that something may have changed; this is for when nobody does, no more often than figures are sent. */
const LOOK_MS = 5 * 60_000;
const FIGURES_MS = 2_000;
/** Between two reports, at least. */
const GAP_MS = 500;
/** What changes together is reported together. */
const SOON_MS = 50;

interface Sent {
  readonly version: number;
  readonly whole: JsonObject;
  /** The same as JSON. */
  readonly text: string;
  readonly happened: string;
  /** When figures were compared last. */
  readonly at: number;
}

export function reporter({ clock, logger, build }: ReporterOptions): Reporter {
  let session: ReportSession | undefined;
  let sent: Sent | undefined;
  let figuresEveryMs = FIGURES_MS;

  const send = ({ id, connection, held }: ReportSession, reported: Reported) => {
    const text = JSON.stringify(reported);
    const at = clock.monotonic();
    if (sent?.text === text) {
      sent = { ...sent, at };
      return;
    }
    const whole = JSON.parse(text) as JsonObject;
    const patch = sent ? diffMergePatch(sent.whole, whole) : whole;
    const base = sent?.version ?? 0;
    const version = patch ? Math.max(base, held) + 1 : base;
    if (patch) connection.report({ session: id, base, version, patch });
    sent = { version, whole, text, happened: happenedIn(reported), at };
  };
  const figuresDueInMs = () => (sent ? sent.at + figuresEveryMs - clock.monotonic() : 0);

  /** Figures are looked up, and compared, only when they are due, or something has happened with which they can go. */
  const flight = singleFlight(
    async () => {
      // Transitions are dated though nobody hears of them.
      if (!session) return void (await build(false));
      const left = figuresDueInMs();
      if (left > 0 && happenedIn(await build(false)) === sent?.happened) return look.within(left);
      const reported = await build(true);
      if (session) send(session, reported);
    },
    (error) => logger.warn('a report could not be made', { error }),
  );

  const look = soonest(clock, () => flight.trigger());
  const changed = () => {
    const since = clock.monotonic() - (sent?.at ?? Number.NEGATIVE_INFINITY);
    look.within(Math.max(SOON_MS, GAP_MS - since));
  };
  const lookMs = () => Math.max(LOOK_MS, figuresEveryMs);
  const stopLooking = every(clock, lookMs, () => flight.trigger());

  return {
    look: () => build(true),
    changed,
    begin(next) {
      session = next;
      if (sent?.version !== next.held) sent = undefined;
      flight.trigger();
    },
    end() {
      session = undefined;
    },
    setFiguresEvery(ms) {
      figuresEveryMs = ms;
    },
    async stop() {
      session = undefined;
      stopLooking();
      await flight.stop();
      look.stop();
    },
  };
}

const happenedIn = (reported: Reported) => JSON.stringify(withoutFigures(reported));
