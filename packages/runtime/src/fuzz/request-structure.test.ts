import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSkerryError } from '@skerry/kit';
import fc from 'fast-check';
import type { InferRequest } from '../serving/wire.ts';
import { writeBinary } from '../tensors/write-binary.ts';
import { model, requests } from './any-request.ts';
import { bytesOf, nested, readBinaryRest, readGrpc, readRest } from './write-request.ts';

/** What was read, in one way of writing: texts as bytes, numbers as they are. */
const plain = ({ id, feeds, wanted, priority, timeoutUs, results }: InferRequest) => ({
  id,
  wanted,
  priority,
  timeoutUs,
  results,
  feeds: feeds.map(({ datatype, shape, data }) => ({
    datatype,
    shape: [...shape],
    bytes: Buffer.from(writeBinary(datatype, data)).toString('hex'),
  })),
});

test('a request is read alike as flat and nested JSON, as binary tensors, and over gRPC', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const flat = plain(readRest(JSON.stringify(request)));
      const inputs = request.inputs.map((input) => ({ ...input, data: nested(input.data, input.shape) }));
      assert.deepEqual(plain(readRest(JSON.stringify({ ...request, inputs }))), flat);
      assert.deepEqual(plain(readBinaryRest(request)), flat);
      assert.deepEqual(plain(readGrpc(request)), flat);
      for (const [i, { name }] of model.inputs.entries()) {
        const sent = request.inputs.find((input) => input.name === name)!;
        assert.equal(flat.feeds[i]!.bytes, bytesOf(sent).toString('hex'));
      }
    }),
  );
});

/** Every place in a JSON value, as the keys that lead there. */
function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  const inside = Object.entries(value).flatMap(([key, part]) => pathsOf(part).map((path) => [key, ...path]));
  return [[], ...inside];
}

function grafted(value: unknown, [key, ...rest]: readonly string[], graft: unknown): unknown {
  if (key === undefined) return graft;
  const parts = value as Record<string, unknown>;
  const part = grafted(parts[key], rest, graft);
  return Array.isArray(value) ? value.with(Number(key), part) : { ...parts, [key]: part };
}

test('whatever stands in the place of a part, a request is read or refused as the client’s fault', () => {
  const wrong = requests.chain((request) =>
    fc
      .tuple(fc.constantFrom(...pathsOf(request)), fc.oneof(fc.jsonValue(), fc.maxSafeInteger(), fc.double()))
      .map(([path, graft]) => JSON.stringify(grafted(request, path, graft)) ?? 'null'),
  );
  fc.assert(
    fc.property(wrong, fc.option(fc.nat(2_000), { nil: undefined }), (text, headerLength) => {
      try {
        const { feeds } = readRest(text, headerLength);
        assert.equal(feeds.length, model.inputs.length);
      } catch (error) {
        if (!isSkerryError(error)) throw error;
        assert.equal(error.status, 400, error.detail);
      }
    }),
    { numRuns: 1_000 },
  );
});
