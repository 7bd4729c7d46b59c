import type { ServerResponse } from 'node:http';
import { type Clock, isSkerryError, type Logger } from '@skerry/kit';
import { type OnBody, readBody } from '../../http/body.ts';
import { bodyMemory } from '../../http/body-memory.ts';
import { decodeBody } from '../../http/encoding.ts';
import { headOf } from '../../http/head.ts';
import type { Handler } from '../../http/router.ts';
import type { ModelTable } from '../../models/model-table.ts';
import type { ServedModel } from '../../models/served-model.ts';
import type { HttpCalls } from '../../observe/http-calls.ts';
import { INLINE_BYTES, infer } from '../infer.ts';
import type { Timing, WireBody } from '../wire.ts';
import { respondAnswer } from './answer.ts';
import { respondError } from './errors.ts';
import { type InferHead, inferHeadOf } from './infer-head.ts';
import { restWire } from './rest-wire.ts';

export interface InferHandlerOptions {
  readonly models: ModelTable;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes of a body, at most, as it comes and decoded. */
  readonly bodyLimit: number;
  /** Where somebody looks on. */
  readonly calls?: HttpCalls | undefined;
}

/** `POST /v2/models/{model}[/versions/{version}]/infer`. */
export function inferHandler(options: InferHandlerOptions): Handler {
  const { models, logger, bodyLimit } = options;
  const memory = bodyMemory();

  const answer = (response: ServerResponse, model: ServedModel, head: InferHead, body: WireBody) => {
    const cancel = infer(model, options.clock, {
      wire: restWire,
      body,
      handBack: memory.give,
      done(error, answer, timing) {
        note(options, response, model, error, timing);
        if (error) respondError(response, error, logger);
        else respondAnswer(response, answer!, head.reply, timing!);
      },
    });
    // A client that has gone is not served.
    if (cancel) response.once('close', cancel);
  };

  return (request, response, [name, version]) => {
    const head = inferHeadOf(headOf(request));
    admit(models.find(name!, version), head.length);
    const onBody: OnBody = (error, bytes) => {
      try {
        if (error) throw error;
        // Found again: while the body came in, the version may have been switched and the old one closed.
        answer(response, models.find(name!, version), head, { ...head.body, bytes });
      } catch (failed) {
        respondError(response, failed, logger);
      }
    };
    const room = (length: number) => memory.take(length, head.body.headerLength ?? 0);
    readBody(request, bodyLimit, decoding(head.encoding, bodyLimit, onBody), head.length, room);
  };
}

/** Refuses, before the body is read, what an instance could not answer in time. Throws what `Remote.admit` gives. */
function admit({ inline, remote }: ServedModel, length: number): void {
  if (!remote || (inline && length <= INLINE_BYTES)) return;
  const refusal = remote.admit(length, 0);
  if (refusal) throw refusal;
}

/** What to do with a body that has this encoding. */
function decoding(encoding: string | undefined, limit: number, onBody: OnBody): OnBody {
  if (encoding === undefined) return onBody;
  return (error, bytes) => {
    if (error) onBody(error, bytes);
    else decodeBody(encoding, bytes, limit, onBody);
  };
}

function note(
  { calls }: InferHandlerOptions,
  response: ServerResponse,
  { name, version }: ServedModel,
  error: unknown,
  timing: Timing | undefined,
): void {
  const call = calls?.of(response);
  if (!call) return;
  call.model = name;
  call.version = version;
  call.timing = timing;
  call.code = isSkerryError(error) ? error.code : undefined;
}
