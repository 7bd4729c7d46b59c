import { failure } from '../errors.ts';
import { countIn, type Fields, flagIn, parametersOf } from './fields.ts';
import type { InferRequest } from './wire.ts';

/** What a request says for all of it. */
export interface RequestParameters extends Pick<InferRequest, 'priority' | 'timeoutUs' | 'results'> {
  /** Whether outputs that say nothing themselves go as bytes. */
  readonly binaryOutput: boolean;
}

const silent: RequestParameters = { priority: 0, timeoutUs: 0, results: false, binaryOutput: false };

/** Reads `parameters` of a request; what is not known is passed over, as Triton does. Throws `InvalidRequest`. */
export function readParameters(json: Fields): RequestParameters {
  if (json.parameters === undefined) return silent;
  const whose = 'the request';
  const parameters = parametersOf(whose, json);
  if (isSequence(parameters))
    throw failure('InvalidRequest', 'sequences are not served here; a model keeps no state between requests');
  return {
    priority: countIn(whose, parameters, 'priority') ?? 0,
    timeoutUs: countIn(whose, parameters, 'timeout') ?? 0,
    results: flagIn(whose, parameters, 'results') ?? false,
    binaryOutput: flagIn(whose, parameters, 'binary_data_output') ?? false,
  };
}

// 0, '' and false are what the extension calls no sequence, and what some clients always send.
const isSequence = ({ sequence_id, sequence_start, sequence_end }: Fields) =>
  Boolean(sequence_id || sequence_start || sequence_end);
