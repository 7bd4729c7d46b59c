import { PbfReader } from 'pbf';
import { datatypeOfOnnx, type OipDatatype } from '../serving/oip.ts';

/** What an ONNX file says of itself, its weights left aside (onnx.proto, IR version 10). */
export interface OnnxFile {
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Files beside the model that hold weights, as the model names them. */
  readonly externalFiles: readonly string[];
  /** Types of the operators in the graph, its subgraphs and the model's own functions, each once. */
  readonly operators: readonly string[];
}

export interface OnnxValue {
  readonly name: string;
  readonly kind: 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse';
  /** OIP datatype of a tensor; undefined for one that OIP does not know, or no tensor. */
  readonly datatype: OipDatatype | undefined;
  /** -1 or a name stands for a dimension that varies. */
  readonly shape: readonly (number | string)[];
}

export type OnnxReading =
  | { readonly ok: true; readonly file: OnnxFile }
  | { readonly ok: false; readonly why: string };

/** Reads the head of an ONNX file; never throws. Weights are stepped over, not copied. */
export function readOnnxFile(bytes: Uint8Array): OnnxReading {
  try {
    const pbf = new PbfReader(bytes);
    const model = pbf.readFields(readModel, newModel());
    if (pbf.pos !== bytes.length) return { ok: false, why: 'it ends in the middle' };
    if (model.irVersion === 0 || model.opsets.length === 0 || model.outputs.length === 0)
      return { ok: false, why: 'it has no ONNX graph in it' };
    return { ok: true, file: describe(model) };
  } catch (error) {
    return {
      ok: false,
      why: error instanceof Truncated ? 'it ends in the middle' : 'it is no protocol buffer',
    };
  }
}

class Truncated extends Error {}

interface Model {
  irVersion: number;
  producer: string;
  opsets: { domain: string; version: number }[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  initializers: Set<string>;
  externalFiles: Set<string>;
  operators: Set<string>;
}

const newModel = (): Model => ({
  irVersion: 0,
  producer: '',
  opsets: [],
  inputs: [],
  outputs: [],
  initializers: new Set(),
  externalFiles: new Set(),
  operators: new Set(),
});

/** Before IR version 4 a graph lists its initializers among its inputs too. */
function describe({ initializers, externalFiles, operators, ...model }: Model): OnnxFile {
  const inputs = model.inputs.filter((input) => !initializers.has(input.name));
  return { ...model, inputs, externalFiles: [...externalFiles], operators: [...operators] };
}

function nested<T>(pbf: PbfReader, read: (tag: number, result: T, pbf: PbfReader) => void, result: T): T {
  const end = pbf.readVarint() + pbf.pos;
  if (end > pbf.length) throw new Truncated();
  return pbf.readFields(read, result, end);
}

function readModel(tag: number, model: Model, pbf: PbfReader): void {
  if (tag === 1) model.irVersion = pbf.readVarint();
  else if (tag === 2) model.producer = pbf.readString();
  else if (tag === 7) nested(pbf, readGraph, model);
  else if (tag === 8) model.opsets.push(nested(pbf, readOpset, { domain: '', version: 0 }));
  else if (tag === 25) nested(pbf, readFunction, model);
}

function readFunction(tag: number, model: Model, pbf: PbfReader): void {
  if (tag === 7) nested(pbf, readNode, model);
}

function readOpset(tag: number, opset: { domain: string; version: number }, pbf: PbfReader): void {
  if (tag === 1) opset.domain = pbf.readString();
  else if (tag === 2) opset.version = pbf.readVarint();
}

function readGraph(tag: number, model: Model, pbf: PbfReader): void {
  if (tag === 1) nested(pbf, readNode, model);
  else if (tag === 5) model.initializers.add(readTensor(pbf, model));
  else if (tag === 11) model.inputs.push(readValue(pbf));
  else if (tag === 12) model.outputs.push(readValue(pbf));
}

/** Nodes matter for their operator, the tensors in their attributes (5 t, 10 tensors) and in the subgraphs of those (6 g, 11 graphs). */
function readNode(tag: number, model: Model, pbf: PbfReader): void {
  if (tag === 4) model.operators.add(pbf.readString());
  else if (tag === 5) nested(pbf, readAttribute, model);
}

function readAttribute(tag: number, model: Model, pbf: PbfReader): void {
  if (tag === 5 || tag === 10) readTensor(pbf, model);
  else if (tag === 6 || tag === 11) nested(pbf, readSubgraph, model);
}

function readSubgraph(tag: number, model: Model, pbf: PbfReader): void {
  if (tag === 1) nested(pbf, readNode, model);
  else if (tag === 5) readTensor(pbf, model);
}

function readTensor(pbf: PbfReader, model: Model): string {
  const tensor = nested(pbf, readTensorField, { name: '', location: '', external: false });
  if (tensor.external && tensor.location) model.externalFiles.add(tensor.location);
  return tensor.name;
}

function readTensorField(
  tag: number,
  tensor: { name: string; location: string; external: boolean },
  pbf: PbfReader,
): void {
  if (tag === 8) tensor.name = pbf.readString();
  else if (tag === 13) {
    const entry = nested(pbf, readEntry, { key: '', value: '' });
    if (entry.key === 'location') tensor.location = entry.value;
  } else if (tag === 14) tensor.external = pbf.readVarint() === 1;
}

function readEntry(tag: number, entry: { key: string; value: string }, pbf: PbfReader): void {
  if (tag === 1) entry.key = pbf.readString();
  else if (tag === 2) entry.value = pbf.readString();
}

type Draft = {
  name: string;
  kind: OnnxValue['kind'];
  datatype: OipDatatype | undefined;
  shape: (number | string)[];
};

function readValue(pbf: PbfReader): OnnxValue {
  return nested(pbf, readValueField, { name: '', kind: 'tensor', datatype: undefined, shape: [] } as Draft);
}

function readValueField(tag: number, value: Draft, pbf: PbfReader): void {
  if (tag === 1) value.name = pbf.readString();
  else if (tag === 2) nested(pbf, readType, value);
}

const kinds: Record<number, OnnxValue['kind']> = {
  1: 'tensor',
  4: 'sequence',
  5: 'map',
  8: 'sparse',
  9: 'optional',
};

function readType(tag: number, value: Draft, pbf: PbfReader): void {
  value.kind = kinds[tag] ?? value.kind;
  if (tag === 1) nested(pbf, readTensorType, value);
}

function readTensorType(tag: number, value: Draft, pbf: PbfReader): void {
  if (tag === 1) value.datatype = datatypeOfOnnx[pbf.readVarint()];
  else if (tag === 2) nested(pbf, readShape, value.shape);
}

function readShape(tag: number, shape: (number | string)[], pbf: PbfReader): void {
  if (tag === 1) shape.push(nested(pbf, readDimension, { size: -1 as number | string }).size);
}

function readDimension(tag: number, dimension: { size: number | string }, pbf: PbfReader): void {
  if (tag === 1) dimension.size = pbf.readVarint(true);
  else if (tag === 2) dimension.size = pbf.readString();
}
