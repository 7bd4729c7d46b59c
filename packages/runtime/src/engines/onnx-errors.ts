import { basename } from 'node:path';
import { failure } from '../errors.ts';

/** Turns what ONNX Runtime throws while it opens `file` into an error of ours, its own words kept. */
export function openFailure(file: string, error: unknown): Error {
  const words = error instanceof Error ? error.message : String(error);
  const name = basename(file);
  if (/File doesn't exist/.test(words))
    return failure('ModelDataMissing', `the model file ${file} is not there`, { cause: error });
  if (/Protobuf parsing failed|does not have a graph/.test(words))
    return failure('ModelNotOnnx', `${name} is not an ONNX model, or is cut off`, { cause: error });
  const operator = missingOperator(words);
  if (operator)
    return failure(
      'ModelOperatorUnsupported',
      `${name} needs the operator ${operator}, which ONNX Runtime here lacks`,
      {
        cause: error,
      },
    );
  if (/[Ee]xternal data/.test(words))
    return failure(
      'ModelDataMissing',
      `${name} keeps weights in ${missingData(words)}, which cannot be read`,
      { cause: error },
    );
  return failure('ModelLoadFailed', `${name} could not be loaded: ${oneLine(words)}`, { cause: error });
}

export function runFailure(error: unknown): Error {
  const words = error instanceof Error ? error.message : String(error);
  return failure('InferenceFailed', `the model failed on this input: ${oneLine(words)}`, { cause: error });
}

function missingOperator(words: string): string | undefined {
  const unregistered = /: (\S+)\(-?\d+\) is not a registered function\/op/.exec(words);
  const unimplemented = /Could not find an implementation for (\S+)\(\d+\)/.exec(words);
  return (unregistered ?? unimplemented)?.[1];
}

const missingData = (words: string) => {
  const path = /"([^"]+)"/.exec(words)?.[1];
  return path === undefined ? 'another file' : basename(path);
};

const oneLine = (words: string) => words.replace(/\s+/g, ' ').trim().slice(0, 500);
