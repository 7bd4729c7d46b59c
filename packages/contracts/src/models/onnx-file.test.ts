import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PbfWriter } from 'pbf';
import { readOnnxFile } from './onnx-file.ts';

/** A graph with an input, an initializer that stands among the inputs too, external weights and a ZipMap output. */
function model(): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 8);
  pbf.writeStringField(2, 'test');
  pbf.writeMessage(8, (_, opset) => opset.writeVarintField(2, 17), undefined);
  pbf.writeMessage(7, writeGraph, undefined);
  return pbf.finish();
}

function writeGraph(_: undefined, graph: PbfWriter): void {
  graph.writeMessage(1, writeIf, undefined);
  graph.writeMessage(5, writeInitializer, undefined);
  graph.writeMessage(11, (_, value) => writeTensorValue(value, 'x', 1, ['batch', 16]), undefined);
  graph.writeMessage(11, (_, value) => writeTensorValue(value, 'weights', 1, [4]), undefined);
  graph.writeMessage(12, (_, value) => writeTensorValue(value, 'label', 8, [-1]), undefined);
  graph.writeMessage(12, writeZipMap, undefined);
}

/** With a branch that adds. */
function writeIf(_: undefined, node: PbfWriter): void {
  node.writeStringField(4, 'If');
  const writeAdd = (_: undefined, add: PbfWriter) => add.writeStringField(4, 'Add');
  const writeBranch = (_: undefined, graph: PbfWriter) => graph.writeMessage(1, writeAdd, undefined);
  node.writeMessage(5, (_, attribute) => attribute.writeMessage(6, writeBranch, undefined), undefined);
}

function writeInitializer(_: undefined, tensor: PbfWriter): void {
  tensor.writeStringField(8, 'weights');
  tensor.writeMessage(13, writeEntry, { key: 'location', value: 'model.onnx.data' });
  tensor.writeVarintField(14, 1);
}

function writeEntry(entry: { key: string; value: string }, pbf: PbfWriter): void {
  pbf.writeStringField(1, entry.key);
  pbf.writeStringField(2, entry.value);
}

function writeTensorValue(
  value: PbfWriter,
  name: string,
  datatype: number,
  shape: (number | string)[],
): void {
  value.writeStringField(1, name);
  value.writeMessage(
    2,
    (_, type) => type.writeMessage(1, (_, tensor) => writeTensorType(tensor, datatype, shape), undefined),
    undefined,
  );
}

function writeTensorType(tensor: PbfWriter, datatype: number, shape: (number | string)[]): void {
  tensor.writeVarintField(1, datatype);
  tensor.writeMessage(
    2,
    (_, dims) => {
      for (const size of shape)
        dims.writeMessage(
          1,
          (_, dim) =>
            typeof size === 'string' ? dim.writeStringField(2, size) : dim.writeVarintField(1, size),
          undefined,
        );
    },
    undefined,
  );
}

/** Sequence of maps from int64 to float, as skl2onnx writes it. */
function writeZipMap(_: undefined, value: PbfWriter): void {
  value.writeStringField(1, 'probabilities');
  value.writeMessage(2, (_, type) => type.writeMessage(4, () => {}, undefined), undefined);
}

describe('ONNX file', () => {
  it('says what goes in and out', () => {
    const reading = readOnnxFile(model());
    assert.ok(reading.ok);
    assert.deepEqual(reading.file.inputs, [
      { name: 'x', kind: 'tensor', datatype: 'FP32', shape: ['batch', 16] },
    ]);
    assert.deepEqual(reading.file.outputs, [
      { name: 'label', kind: 'tensor', datatype: 'BYTES', shape: [-1] },
      { name: 'probabilities', kind: 'sequence', datatype: undefined, shape: [] },
    ]);
    assert.deepEqual(reading.file.externalFiles, ['model.onnx.data']);
    assert.deepEqual(reading.file.operators, ['If', 'Add']);
    assert.deepEqual(reading.file.opsets, [{ domain: '', version: 17 }]);
  });

  it('is refused when cut inside the graph', () => {
    const whole = model();
    const cuts = Array.from({ length: whole.length - 1 }, (_, index) =>
      readOnnxFile(whole.subarray(0, index + 1)),
    );
    assert.ok(cuts.every((reading) => !reading.ok));
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void readOnnxFile(bytes)));
  });
});
