import type { ServerResponse } from 'node:http';
import { type Clock, isSkerryError, type Logger } from '@skerry/kit';
import { type OnBody, readBody } from '../../http/body.ts';
import { bodyMemory } from '../../http/body-memory.ts';
import { decodeBody } from '../../http/encoding.ts';
import { headOf } from '../../http/head.ts';
import { inFlight } from '../../http/in-flight.ts';
import { roomFor } from '../../http/room.ts';
import type { Handler } from '../../http/router.ts';
import type { ModelTable } from '../../models/model-table.ts';
import type { ServedModel } from '../../models/served-model.ts';
import type { HttpCalls } from '../../observe/http-calls.ts';
import { admit, infer } from '../infer.ts';
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

/** Of large bodies, on each serving thread. */
const IN_FLIGHT_BYTES = 256 * 1024 * 1024;

/** `POST /v2/models/{model}[/versions/{version}]/infer`. */
export function inferHandler(options: InferHandlerOptions): Handler {
  const { models, logger, bodyLimit } = options;
  const memory = bodyMemory();
  const largeBodies = inFlight(IN_FLIGHT_BYTES);

  const answer = (
    response: ServerResponse,
    model: ServedModel,
    head: InferHead,
    body: WireBody,
    came: number,
  ) => {
    const cancel = infer(model, options.clock, {
      wire: restWire,
      body,
      came,
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
    const came = options.clock.monotonic();
    const head = inferHeadOf(headOf(request));
    admit(models.find(name!, version), head.length, 0);
    const onBody: OnBody = (error, bytes) => {
      try {
        if (error) throw error;
        // Found again: while the body came in, the version may have been switched and the old one closed.
        answer(response, models.find(name!, version), head, { ...head.body, bytes }, came);
      } catch (failed) {
        respondError(response, failed, logger);
      }
    };
    const room = roomFor(response, memory, largeBodies, head.body.headerLength ?? 0);
    readBody(request, bodyLimit, decoding(head.encoding, bodyLimit, onBody), head.length, room);
  };
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
