import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isSkerryError } from '@skerry/kit';
import type { Datatype, Tensor, TensorData } from '../tensors/tensor.ts';
import type { Engine, Session } from './engine.ts';

/** Real exported files, by what is special about each. */
export interface EngineFixtures {
  readonly digits: string;
  readonly external: string;
  readonly externalWithoutData: string;
  readonly zipMap: string;
  readonly words: string;
  readonly dynamic: string;
  readonly scalars: string;
  readonly datatypes: string;
  readonly unknownOperator: string;
  readonly truncated: string;
  readonly notAModel: string;
  readonly empty: string;
  readonly absent: string;
}

/** What every engine must do, on real exported files. */
export function engineConformance(openEngine: () => Promise<Engine>, fixtures: EngineFixtures): void {
  describe('as every engine', () => {
    let engine: Engine;
    const sessions: Session[] = [];
    before(async () => {
      engine = await openEngine();
    });
    after(() => {
      for (const session of sessions) session.close();
    });
    const open = (file: string) => {
      const session = engine.open(file);
      sessions.push(session);
      return session;
    };

    it('reads names, datatypes and shapes from the file', () => {
      const { inputs, outputs, leftOut } = open(fixtures.digits);
      assert.deepEqual(inputs, [{ name: 'image', datatype: 'FP32', shape: [-1, 1, 8, 8] }]);
      assert.deepEqual(outputs, [{ name: 'probabilities', datatype: 'FP32', shape: [-1, 10] }]);
      assert.deepEqual(leftOut, []);
    });

    it('runs a batch along a dynamic axis, each row as it would be alone', () => {
      const session = open(fixtures.digits);
      const rows = Float32Array.from({ length: 128 }, (_, i) => (i % 17) / 16);
      const both = numbersOf(session.run([fp32([2, 1, 8, 8], rows)], ['probabilities']));
      const second = numbersOf(session.run([fp32([1, 1, 8, 8], rows.slice(64))], ['probabilities']));
      assert.equal(both.length, 20);
      assertClose(both.slice(10), second);
    });

    it('gives outputs in memory of their own, so that the next run does not change them', () => {
      const session = open(fixtures.digits);
      const first = session.run([fp32([1, 1, 8, 8], new Float32Array(64))], ['probabilities']);
      const kept = [...numbersOf(first)];
      session.run([fp32([1, 1, 8, 8], new Float32Array(64).fill(1))], ['probabilities']);
      assert.deepEqual([...numbersOf(first)], kept);
    });

    it('finds the data file of a model that keeps its weights outside', () => {
      const y = open(fixtures.external).run([fp32([1, 16], new Float32Array(16).fill(1))], ['y'])[0]!;
      assert.deepEqual(y.shape, [1, 4]);
      assert.ok(numbersOf([y]).every((value) => value !== 0));
    });

    it('leaves out outputs that are no tensors and serves the rest', () => {
      const session = open(fixtures.zipMap);
      assert.deepEqual(session.leftOut, ['output_probability']);
      assert.deepEqual(session.outputs, [{ name: 'output_label', datatype: 'INT64', shape: [-1] }]);
      const [label] = session.run([fp32([1, 4], Float32Array.of(5.1, 3.5, 1.4, 0.2))], ['output_label']);
      assert.deepEqual(label, { datatype: 'INT64', shape: [1], data: BigInt64Array.of(0n) });
    });

    it('takes and returns strings', () => {
      const feed: Tensor = { datatype: 'BYTES', shape: [2, 2], data: ['gate', 'left', 'valve', 'right'] };
      const [label] = open(fixtures.words).run([feed], ['label']);
      assert.deepEqual(label, { datatype: 'BYTES', shape: [2], data: ['open', 'shut'] });
    });

    it('runs shapes that are known at run time only, zero elements included', () => {
      const session = open(fixtures.dynamic);
      const [joined, where] = session.run(
        [fp32([1, 2], Float32Array.of(3, 0)), fp32([1, 1], Float32Array.of(2))],
        ['joined', 'where'],
      );
      assert.deepEqual(joined, fp32([1, 3], Float32Array.of(3, 0, 2)));
      assert.deepEqual(where, { datatype: 'INT64', shape: [2, 1], data: BigInt64Array.of(0n, 0n) });
      const nothing = session.run(
        [fp32([0, 2], new Float32Array()), fp32([0, 1], new Float32Array())],
        ['joined'],
      );
      assert.deepEqual(nothing, [fp32([0, 3], new Float32Array())]);
    });

    it('returns the outputs that are wanted, in the order wanted', () => {
      const feeds = [fp32([1, 1], Float32Array.of(1)), fp32([1, 1], Float32Array.of(2))];
      const session = open(fixtures.dynamic);
      assert.deepEqual(
        session.run(feeds, ['where', 'joined']).map(({ datatype }) => datatype),
        ['INT64', 'FP32'],
      );
      assert.deepEqual(
        session.run(feeds, ['where']).map(({ shape }) => shape),
        [[2, 1]],
      );
    });

    it('takes and returns scalars', () => {
      const session = open(fixtures.scalars);
      assert.deepEqual(
        session.inputs.map(({ shape }) => shape),
        [[], []],
      );
      const [product] = session.run(
        [fp32([], Float32Array.of(6)), fp32([], Float32Array.of(7))],
        ['product'],
      );
      assert.deepEqual(product, fp32([], Float32Array.of(42)));
    });

    it('hands every datatype through unchanged', () => {
      const session = open(fixtures.datatypes);
      const feeds = session.inputs.map(({ name, datatype }) => {
        const data = extremes[datatype];
        assert.equal(name, datatype.toLowerCase());
        return { datatype, shape: [data.length], data };
      });
      const answers = session.run(
        feeds,
        session.outputs.map(({ name }) => name),
      );
      assert.deepEqual(answers, feeds);
    });

    it('says what is wrong with an input that the model cannot compute', () => {
      const feeds = [fp32([1, 1], Float32Array.of(1)), fp32([2, 1], Float32Array.of(1, 2))];
      const session = open(fixtures.dynamic);
      assert.throws(
        () => session.run(feeds, ['joined']),
        (error) => isSkerryError(error, 'InferenceFailed'),
      );
    });

    const refused = [
      ['notAModel', 'ModelNotOnnx', /not-a-model\.onnx is not an ONNX model/],
      ['truncated', 'ModelNotOnnx', /truncated\.onnx is not an ONNX model, or is cut off/],
      ['empty', 'ModelNotOnnx', /empty\.onnx is not an ONNX model/],
      ['absent', 'ModelDataMissing', /absent\.onnx is not there/],
      ['externalWithoutData', 'ModelDataMissing', /weights in external\.onnx\.data/],
      ['unknownOperator', 'ModelOperatorUnsupported', /operator com\.example:Teleport/],
    ] as const;
    for (const [which, code, words] of refused)
      it(`refuses ${which} with ${code}`, () => {
        assert.throws(
          () => open(fixtures[which]),
          (error) => isSkerryError(error, code) && words.test(error.message),
        );
      });
  });
}

const extremes: Readonly<Record<Datatype, TensorData>> = {
  BOOL: Uint8Array.of(1, 0),
  INT8: Int8Array.of(-128, 127),
  INT16: Int16Array.of(-32768, 32767),
  INT32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
  INT64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
  UINT8: Uint8Array.of(0, 255),
  UINT16: Uint16Array.of(0, 65535),
  UINT32: Uint32Array.of(0, 2 ** 32 - 1),
  UINT64: BigUint64Array.of(0n, 2n ** 64n - 1n),
  FP16: Float16Array.of(-65504, 0.5),
  FP32: Float32Array.of(-3.4028234663852886e38, 1e-45),
  FP64: Float64Array.of(-Number.MAX_VALUE, Number.MIN_VALUE),
  BYTES: ['', 'zwölf €'],
};

const fp32 = (shape: readonly number[], data: Float32Array): Tensor => ({ datatype: 'FP32', shape, data });
const numbersOf = ([tensor]: Tensor[]) => tensor!.data as Float32Array;

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of actual.entries()) assert.ok(Math.abs(value - expected[i]!) < 1e-5, `element ${i}`);
}
