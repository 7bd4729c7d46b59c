import { type Clock, isSkerryError } from '@skerry/kit';
import type { Cancel } from '../execution/remote.ts';
import type { Inline, ServedModel } from '../models/served-model.ts';
import type { Exchange, Timing, WireAnswer } from './wire.ts';

/** Bytes of a body that a serving thread reads itself, at most: longer ones would keep small requests waiting. */
export const INLINE_BYTES = 64 * 1024;

/**
 * One inference, whatever protocol it came by. Small bodies for quick models are read, run and answered here and
 * now, those that come in the same turn of the event loop perhaps together; everything else goes to an instance
 * thread. Counted in the model's statistics.
 */
export function infer(model: ServedModel, clock: Clock, exchange: Exchange): Cancel | undefined {
  const { inline, remote } = model;
  const isHere = inline && (!remote || exchange.body.bytes.length <= INLINE_BYTES);
  if (!isHere) return remote!.submit(exchange);
  if (inline.gatherer?.take(exchange)) return undefined;
  return inferInline(model, inline, clock, exchange);
}

/**
 * To be called as a request's head has come, so that what an instance could not answer in time is never read.
 * Throws what `Remote.admit` gives.
 *
 * @param timeoutUs  the request's own where its head tells, 0 where not
 */
export function admit({ inline, remote }: ServedModel, bytes: number, timeoutUs: number): void {
  if (!remote || (inline && bytes <= INLINE_BYTES)) return;
  const refusal = remote.admit(bytes, timeoutUs);
  if (refusal) throw refusal;
}

function inferInline(
  model: ServedModel,
  inline: Inline,
  clock: Clock,
  exchange: Exchange,
): Cancel | undefined {
  const { wire, body } = exchange;
  let answer: WireAnswer;
  let timing: Timing;
  const began = clock.monotonic();
  try {
    const request = wire.read(model, body, inline.scratch);
    if (request.encoded && model.remote) return model.remote.submit(exchange);
    const ready = clock.monotonic();
    const outputs = inline.run(request.feeds, request.wanted);
    const done = clock.monotonic();
    answer = wire.write(model, request, outputs);
    timing = timingOf(began, ready, done, clock.monotonic());
    model.stats.answered(timing, clock.now());
  } catch (error) {
    const reason = isSkerryError(error, 'InferenceFailed') ? 'BACKEND' : 'OTHER';
    model.stats.failed(reason, (clock.monotonic() - began) * 1000);
    exchange.done(error, undefined, undefined);
    return undefined;
  }
  exchange.done(undefined, answer, timing);
  return undefined;
}

const timingOf = (began: number, ready: number, done: number, end: number): Timing => ({
  queueUs: 0,
  inputUs: (ready - began) * 1000,
  inferUs: (done - ready) * 1000,
  outputUs: (end - done) * 1000,
});
