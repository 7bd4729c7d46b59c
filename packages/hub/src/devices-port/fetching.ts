import type { Clock, Random } from '@skerry/kit';
import type { FastifyReply } from 'fastify';
import { Counter, Gauge, type Metric } from 'prom-client';
import { hubError } from '../errors.ts';
import { type Turn, type Turns, turns } from '../turns/turns.ts';
import { answerOver } from './answer-over.ts';

/** What devices fetch over HTTPS, and may all want at once: documents by the piece, blobs by the byte. */
export interface Fetching {
  /** This device's turn to be given so much; the answer is its end. Throws `Unavailable`, with `Retry-After` set. */
  inTurn(what: Fetched, deviceId: string, amount: number, reply: FastifyReply): Promise<Turn>;
  readonly metrics: readonly Metric[];
  /** Sends away who waits. */
  close(): void;
}

export type Fetched = 'documents' | 'blobs';

const MIB = 2 ** 20;

/** Each is read from the database, and most are signed. */
const documents = {
  places: 16,
  beside: 256,
  leastGiven: 1,
  lingerMs: 0,
  pace: { firstGuess: 500, measured: 200 },
};
/** A chunk of each, one after the other, is some 3 ms for which a connected device waits. A model is several blobs. */
const blobs = {
  places: 16,
  beside: 256,
  leastGiven: (5 * MIB) / 8,
  lingerMs: 500,
  pace: { firstGuess: 100 * MIB, measured: 64 * MIB },
};

export function fetching(effects: { readonly clock: Clock; readonly random: Random }): Fetching {
  const all: Record<Fetched, Turns> = {
    documents: turns({ ...effects, ...documents }),
    blobs: turns({ ...effects, ...blobs }),
  };
  const { postponed, metrics } = metricsOf(all);

  return {
    async inTurn(what, deviceId, amount, reply) {
      const turn = await all[what].ask(deviceId, amount, answerOver(reply));
      if ('gave' in turn) return turn;
      postponed.inc({ of: what });
      reply.header('retry-after', Math.ceil(turn.retryAfterMs / 1000));
      throw hubError('Unavailable', `as many devices fetch ${what} as the hub serves at a time`, {
        next: 'Come back after Retry-After seconds, when it is this device’s turn; an agent does so itself.',
      });
    },
    metrics,
    close() {
      for (const one of Object.values(all)) one.close();
    },
  };
}

function metricsOf(all: Readonly<Record<Fetched, Turns>>) {
  const postponed = new Counter({
    name: 'skerry_hub_fetches_postponed_total',
    help: 'Requests of devices that were told to come back later, by what they fetch',
    labelNames: ['of'],
    registers: [],
  });
  const now = new Gauge({
    name: 'skerry_hub_fetches',
    help: 'Devices that are served, or served beside since they are slow, and requests that are held at the door',
    labelNames: ['of', 'state'],
    registers: [],
    collect() {
      for (const [what, turns] of Object.entries(all))
        for (const [state, count] of Object.entries(turns.count())) this.set({ of: what, state }, count);
    },
  });
  for (const what of Object.keys(all)) postponed.inc({ of: what }, 0);
  return { postponed, metrics: [now, postponed] };
}
