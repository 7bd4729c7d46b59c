import type { ServerResponse } from 'node:http';
import type { Clock, Logger } from '@skerry/kit';
import { readBody } from '../../http/body.ts';
import { bodyMemory } from '../../http/body-memory.ts';
import { decodeBody, isEncoded } from '../../http/encoding.ts';
import { type Head, headOf } from '../../http/head.ts';
import type { Handler } from '../../http/router.ts';
import type { ModelTable } from '../../models/model-table.ts';
import { infer } from '../infer.ts';
import type { WireBody } from '../wire.ts';
import { respondAnswer } from './answer.ts';
import { headerLengthOf, mediaOf } from './body-head.ts';
import { respondError } from './errors.ts';
import { restWire } from './rest-wire.ts';

export interface InferHandlerOptions {
  readonly models: ModelTable;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes of a body, at most, as it comes and decoded. */
  readonly bodyLimit: number;
}

/** `POST /v2/models/{model}[/versions/{version}]/infer`. */
export function inferHandler({ models, clock, logger, bodyLimit }: InferHandlerOptions): Handler {
  const memory = bodyMemory();

  const answer = (response: ServerResponse, name: string, version: string | undefined, body: WireBody) => {
    // Looked up only now: while the body came in, the version may have been switched and the old one closed.
    const cancel = infer(models.find(name, version), clock, {
      wire: restWire,
      body,
      handBack: memory.give,
      done(error, answer) {
        if (error) respondError(response, error, logger);
        else respondAnswer(response, answer!);
      },
    });
    if (cancel) response.once('close', cancel);
  };

  return (request, response, [name, version]) => {
    const head = headOf(request);
    const { headerLength, media, encoding } = bodyHead(head);
    const onBody = (error: unknown, bytes: Buffer) => {
      try {
        if (error) throw error;
        answer(response, name!, version, { bytes, headerLength, media });
      } catch (failed) {
        respondError(response, failed, logger);
      }
    };
    const onEncoded = (error: unknown, bytes: Buffer) => {
      if (error) onBody(error, bytes);
      else decodeBody(encoding!, bytes, bodyLimit, onBody);
    };
    const room = (length: number) => memory.take(length, headerLength ?? 0);
    readBody(request, bodyLimit, encoding ? onEncoded : onBody, head.contentLength ?? 0, room);
  };
}

const bodyHead = (head: Head) => ({
  headerLength: headerLengthOf(head),
  media: mediaOf(head),
  encoding: isEncoded(head.contentEncoding) ? head.contentEncoding : undefined,
});
