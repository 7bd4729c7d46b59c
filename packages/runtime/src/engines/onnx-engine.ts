import { isUtf8 } from 'node:buffer';
import { datatypeOfOnnx } from '@skerry/contracts';
import type { Binding } from 'onnxruntime-node/dist/binding.js';
import { failure } from '../errors.ts';
import type { BytesArray, Tensor, TensorData, TensorSpec } from '../tensors/tensor.ts';
import type { Engine, Session } from './engine.ts';
import { openFailure, runFailure } from './onnx-errors.ts';
import { datatypeByNative, nativeType } from './onnx-types.ts';

type Native = Binding.InferenceSession;
type Feeds = Parameters<Native['run']>[0];
type NativeValue = Feeds[string];

// One thread a session, which sleeps between two calls: sites run on batteries, and serving threads are many.
const sessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
} as const;

// A memory pattern is a second block for all that a call holds, found once: it saves about 1 % of a longer call.
const leanOptions = { ...sessionOptions, enableMemPattern: false } as const;

/**
 * ONNX Runtime, imported on the first call. It is entered by its binding module, not by `InferenceSession`: that
 * one wraps the same synchronous native call in two promises and a turn of the event loop, which for a small
 * model cost more than the model.
 */
export async function openOnnxEngine(): Promise<Engine> {
  // From 1.30 on its official builds report what they run to their maker, unless this stands there before they start.
  process.env.ORT_DISABLE_TELEMETRY = '1';
  const { binding, initOrt } = await import('onnxruntime-node/dist/binding.js');
  initOrt();
  return {
    name: 'onnxruntime',
    open(file, { isLean = false } = {}) {
      const native = new binding.InferenceSession();
      try {
        native.loadModel(file, isLean ? leanOptions : sessionOptions);
      } catch (error) {
        throw openFailure(file, error);
      }
      return onnxSession(native);
    },
  };
}

function onnxSession(native: Native): Session {
  const inputs = native.inputMetadata.map((value) => specOf(value, 'input'));
  const outputs = native.outputMetadata.filter(isTensor).map((value) => specOf(value, 'output'));
  const allOutputs = Object.fromEntries(outputs.map(({ name }) => [name, null]));
  return {
    inputs,
    outputs,
    leftOut: native.outputMetadata.filter((value) => !isTensor(value)).map(({ name }) => name),
    run(feeds, wanted) {
      const values: Feeds = {};
      for (let i = 0; i < inputs.length; i++) values[inputs[i]!.name] = toNative(feeds[i]!);
      const fetches = wanted.length === outputs.length ? allOutputs : fetchesOf(wanted);
      let results: Feeds;
      try {
        results = native.run(values, fetches, {});
      } catch (error) {
        throw runFailure(error);
      }
      const answer: Tensor[] = [];
      for (const name of wanted) answer.push(fromNative(results[name]!));
      return answer;
    },
    close: () => native.dispose(),
  };
}

const isTensor = (value: Binding.ValueMetadata) => value.isTensor;

function specOf(value: Binding.ValueMetadata, what: 'input' | 'output'): TensorSpec {
  const datatype = value.isTensor ? datatypeOfOnnx[value.type] : undefined;
  if (!datatype)
    throw failure(
      'ModelLoadFailed',
      `the ${what} ${value.name} has an element type that no tensor here can have`,
    );
  return { name: value.name, datatype, shape: value.shape };
}

function fetchesOf(names: readonly string[]): Record<string, null> {
  const fetches: Record<string, null> = {};
  for (const name of names) fetches[name] = null;
  return fetches;
}

// A plain object does where the package documents its Tensor class: the binding reads these four fields alone.
function toNative({ datatype, shape, data }: Tensor): NativeValue {
  const bits = asNative(datatype, data);
  return { type: nativeType[datatype], data: bits, dims: shape, location: 'cpu' } as unknown as NativeValue;
}

function asNative(datatype: Tensor['datatype'], data: TensorData): TensorData {
  if (datatype === 'FP16') return halfBits(data as Float16Array);
  return datatype === 'BYTES' ? textsOf(data as BytesArray) : data;
}

// ONNX has texts where OIP has bytes.
function textsOf(elements: BytesArray): string[] {
  if (typeof elements[0] !== 'object') return elements as string[];
  return (elements as Uint8Array[]).map((bytes, at) => {
    if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
    throw failure('InvalidTensor', `element ${at} of a BYTES tensor is not UTF-8, and the model takes text`);
  });
}

// The binding takes 16-bit floats as their bits, and returns them as a Float16Array.
const halfBits = (data: Float16Array) => new Uint16Array(data.buffer, data.byteOffset, data.length);

function fromNative(value: NativeValue): Tensor {
  const { type, data, dims } = value as unknown as {
    type: string;
    data: TensorData;
    dims: readonly number[];
  };
  return { datatype: datatypeByNative[type]!, shape: dims, data };
}
