import type { IncomingMessage } from 'node:http';
import type { Clock, Logger } from '@skerry/kit';
import { failure } from '../../errors.ts';
import { readBody } from '../../http/body.ts';
import { respond } from '../../http/respond.ts';
import type { Handler } from '../../http/router.ts';
import type { ModelTable } from '../../models/model-table.ts';
import { infer } from '../infer.ts';
import { respondError } from './errors.ts';
import { restWire } from './rest-wire.ts';

export interface InferHandlerOptions {
  readonly models: ModelTable;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes of a body, at most. */
  readonly bodyLimit: number;
}

/** `POST /v2/models/{model}[/versions/{version}]/infer`. */
export function inferHandler({ models, clock, logger, bodyLimit }: InferHandlerOptions): Handler {
  return (request, response, [name, version]) => {
    refuseEncodings(request);
    readBody(request, bodyLimit, (error, body) => {
      try {
        if (error) throw error;
        // Looked up only now: while the body came in, the version may have been switched and the old one closed.
        const model = models.find(name!, version);
        infer(model, clock, {
          wire: restWire,
          body: { bytes: body, headerLength: undefined, media: 'application/json' },
          done(error, answer) {
            if (error) respondError(response, error, logger);
            else respond(response, 200, 'application/json', answer!.text);
          },
        });
      } catch (failed) {
        respondError(response, failed, logger);
      }
    });
  };
}

function refuseEncodings({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw failure(
      'InvalidRequest',
      `bodies encoded as ${encoding} are not read here; send the body as it is`,
    );
  if (headers['inference-header-content-length'] !== undefined)
    throw failure('InvalidRequest', 'binary tensors are not served here; send tensors as JSON');
}
