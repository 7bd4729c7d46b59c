import { encodeBatch, httpsConnection, httpsDown, longestHoldS, type UpKind } from '@skerry/contracts';
import { describeError, withDeadline } from '@skerry/kit';
import { hear } from '../hear.ts';
import type { LinkConnection } from '../link.ts';
import type { OpenConnection, Opening, WireOptions } from '../ways.ts';
import { type Asking, asking } from './asking.ts';
import { outgoing } from './outgoing.ts';

const OPEN_DEADLINE_MS = 60_000;
const CLOSE_DEADLINE_MS = 1_000;
/** That an answer may be late beyond the time for which the hub holds the question. */
const LATE_MS = 15_000;
const SHORTEST_HOLD_S = 25;

/**
 * The link by HTTPS alone (contracts `link/https.ts`), on two connections: on one it asks and waits for answers, on
 * the other it tells.
 */
export const openHttps: OpenConnection = async (opening, options) => {
  const { address, signal } = opening;
  const https = [options.openHttp(), options.openHttp()] as const;
  const closeHttp = () => {
    for (const http of https) http.close();
  };
  const common = { ...options, identity: options.self.identity, time: options.self.time, address };
  const [hearing, telling] = [asking({ ...common, http: https[0] }), asking({ ...common, http: https[1] })];
  try {
    const path = '/link/v1/connections';
    const answer = await telling.once({ method: 'POST', path, deadlineMs: OPEN_DEADLINE_MS }, signal);
    const { id } = httpsConnection.parse(jsonOf(answer));
    return connectionOver({ path: `${path}/${id}`, hearing, telling, closeHttp }, opening, options);
  } catch (error) {
    closeHttp();
    throw signal.aborted ? signal.reason : error;
  }
};

interface Parts {
  /** Of the connection, on the hub. */
  readonly path: string;
  readonly hearing: Asking;
  readonly telling: Asking;
  readonly closeHttp: () => void;
}

function connectionOver(parts: Parts, opening: Opening, options: WireOptions): LinkConnection {
  const { path, telling, closeHttp } = parts;
  const life = new AbortController();
  const end = (error: unknown) => life.abort(error);
  const out = outgoing(telling, path, life.signal, end);
  const send = (kind: UpKind, payload: string | Uint8Array) => {
    if (!out.send(kind, Buffer.from(payload))) end(new Error('the hub does not take what is sent'));
  };
  const ended = listen(parts, opening, options, life.signal).catch((error) => {
    end(error);
    return describeError(error);
  });

  /** With a farewell, so that the hub need not wait for the next question; a hub that is gone is not waited for. */
  let leaving: Promise<void> | undefined;
  const leave = async () => {
    const question = { method: 'DELETE', path, deadlineMs: CLOSE_DEADLINE_MS };
    const farewell = telling.once(question, new AbortController().signal);
    await withDeadline(farewell, CLOSE_DEADLINE_MS, options.clock, 'taking leave of the hub').catch(() => {});
    closeHttp();
  };
  const close = async () => {
    if (!life.signal.aborted) leaving = leave();
    end(new Error('the connection was closed'));
    await Promise.all([leaving, ended]);
  };
  ended.then(() => leaving ?? closeHttp());
  return {
    address: `https://${opening.address.host}`,
    ended,
    hello: (hello) => send('hello', JSON.stringify(hello)),
    confirm: (confirm) => send('confirm', JSON.stringify(confirm)),
    report: (report) => send('report', JSON.stringify(report)),
    answer: (answer) => send('answer', JSON.stringify(answer)),
    batch: (header, body) => send('batch', encodeBatch(header, body)),
    close,
  };
}

/** Asks for what the hub has to say, from where it got to, until the connection is over. */
async function listen(
  { path, hearing }: Parts,
  { listener, pace }: Opening,
  { logger }: WireOptions,
  signal: AbortSignal,
): Promise<never> {
  let hold = Math.min(longestHoldS, Math.ceil(pace.keepAliveMs / 1000));
  for (let after = 0; ; ) {
    const question = (lost: number) => {
      // Something on the way may cut what is silent for long.
      if (lost > 0) hold = Math.min(hold, Math.max(SHORTEST_HOLD_S, Math.floor(hold / 2)));
      const at = `${path}/down?after=${after}&hold=${hold}`;
      return { method: 'GET', path: at, deadlineMs: hold * 1000 + LATE_MS };
    };
    const { messages } = httpsDown.parse(jsonOf(await hearing.untilAnswered(question, signal)));
    for (const { n, kind, message } of messages) {
      if (n <= after) continue;
      after = n;
      hear(kind, () => message, listener, logger);
    }
  }
}

const jsonOf = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());
