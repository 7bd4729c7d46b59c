import { type Clock, isSkerryError } from '@skerry/kit';
import type { ModelStats } from '../metrics/model-stats.ts';
import { elementCount, type Tensor } from '../tensors/tensor.ts';
import { isRows, rowsFor, rowsOf } from './rows.ts';
import type { Signature } from './signature.ts';
import { turns } from './turns.ts';
import type { Exchange, InferRequest, WireAnswer } from './wire.ts';

/** Runs requests for one model together that came in one turn of the event loop. */
export interface Gatherer {
  /** Whether the request was taken, and is answered at the end of the turn at the latest. */
  take(exchange: Exchange): boolean;
  /** Answers what was taken. */
  flush(): void;
}

export interface GathererOptions {
  readonly model: Signature;
  readonly stats: ModelStats;
  readonly clock: Clock;
  /** Whether rows of different requests may run together; asked once, of a model that takes rows. */
  mayBatch(): boolean;
  /** Throws `InferenceFailed`. */
  run(feeds: readonly Tensor[], wanted: readonly string[]): Tensor[];
}

interface Taken {
  readonly exchange: Exchange;
  readonly request: InferRequest;
  readonly first: number;
  readonly rows: number;
  readonly began: number;
  readonly ready: number;
}

/** Where model.yaml says nothing. All would run in this turn anyway, so nobody waits longer for more. */
const MOST_ROWS = 16;

/** Of a body, and of a row, at most: what is larger has more to do than the call costs. */
const GATHERED_BYTES = 16 * 1024;

/**
 * A call of a small model costs more than its arithmetic: eight rows at once take a third of eight calls. A request
 * waits for that no longer than its own turn lasts, and not at all while they come one by one. Undefined for a model
 * that does not take rows, mixes them, or is not to run several.
 */
export function gatherer({ model, stats, clock, mayBatch, run }: GathererOptions): Gatherer | undefined {
  const most = model.spec.serving?.maxBatch ?? MOST_ROWS;
  if (most === 1 || !takesRows(model) || !mayBatch()) return undefined;
  const rows = rowsFor(model.inputs, most);
  let taken: Taken[] = [];

  const answer = ({ exchange, request, began, ready }: Taken, ran: number, outputs: readonly Tensor[]) => {
    const done = clock.monotonic();
    let answered: WireAnswer;
    try {
      answered = exchange.wire.write(model, request, outputs);
    } catch (error) {
      return fail(exchange, error, began);
    }
    const timing = {
      queueUs: (ran - ready) * 1000,
      inputUs: (ready - began) * 1000,
      inferUs: (done - ran) * 1000,
      outputUs: (clock.monotonic() - done) * 1000,
    };
    stats.answered(timing, clock.now());
    exchange.done(undefined, answered, timing);
  };
  const fail = (exchange: Exchange, error: unknown, began: number) => {
    const reason = isSkerryError(error, 'InferenceFailed') ? 'BACKEND' : 'OTHER';
    stats.failed(reason, (clock.monotonic() - began) * 1000);
    exchange.done(error, undefined, undefined);
  };

  /** Undefined where each must run on its own, so that only who is at fault is told. */
  const together = (): Tensor[] | undefined => {
    try {
      const outputs = run(rows.feeds(0, rows.count), model.outputNames);
      return outputs.every(({ shape }) => shape[0] === rows.count) ? outputs : undefined;
    } catch {
      return undefined;
    }
  };
  const alone = (one: Taken) => {
    const ran = clock.monotonic();
    try {
      answer(one, ran, run(rows.feeds(one.first, one.rows), one.request.wanted));
    } catch (error) {
      fail(one.exchange, error, one.began);
    }
  };
  const flush = () => {
    const all = taken;
    taken = [];
    if (all.length === 1) alone(all[0]!);
    else if (all.length > 1) {
      const ran = clock.monotonic();
      const outputs = together();
      for (const one of all)
        if (outputs) answer(one, ran, ownOf(model, outputs, one));
        else alone(one);
    }
    rows.clear();
  };

  const { came } = turns(flush);
  return {
    flush,
    take(exchange) {
      if (!came() || exchange.body.bytes.length > GATHERED_BYTES) return false;
      const began = clock.monotonic();
      let request: InferRequest;
      try {
        request = exchange.wire.read(model, exchange.body, rows.memory);
      } catch (error) {
        fail(exchange, error, began);
        return true;
      }
      const first = rows.count;
      const added = request.encoded ? 0 : rows.add(request.feeds);
      if (added === 0) return false;
      taken.push({ exchange, request, first, rows: added, began, ready: clock.monotonic() });
      if (rows.count >= most) flush();
      return true;
    },
  };
}

const takesRows = ({ inputs, outputs }: Signature) =>
  inputs.every((input) => isRows(input) && elementCount(input.shape.slice(1)) <= GATHERED_BYTES) &&
  outputs.every(({ shape }) => shape[0] === -1);

/** The outputs that one asked for, its own rows of them. */
const ownOf = ({ outputNames }: Signature, outputs: readonly Tensor[], { request, first, rows }: Taken) =>
  request.wanted.map((name) => rowsOf(outputs[outputNames.indexOf(name)]!, first, rows));
