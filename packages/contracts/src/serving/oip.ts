import { z } from 'zod';

/** Datatypes of the Open Inference Protocol that travel in JSON. */
export const oipDatatypes = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const;
export type OipDatatype = (typeof oipDatatypes)[number];

/** Datatypes by the number that they have in onnx.proto's TensorProto.DataType. */
export const datatypeOfOnnx: Readonly<Record<number, OipDatatype>> = {
  1: 'FP32',
  2: 'UINT8',
  3: 'INT8',
  4: 'UINT16',
  5: 'INT16',
  6: 'INT32',
  7: 'INT64',
  8: 'BYTES',
  9: 'BOOL',
  10: 'FP16',
  11: 'FP64',
  12: 'UINT32',
  13: 'UINT64',
};

/** `GET /v2/models/{m}`: -1 stands for a dimension that varies. */
export const modelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()).optional(),
  platform: z.string(),
  inputs: z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.number()) })),
  outputs: z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.number()) })),
});
export type ModelMetadata = z.infer<typeof modelMetadata>;

export type OipParameters = Record<string, string | number | boolean>;

/**
 * A tensor as OIP writes it in JSON; `data` is nested or flat, row-major. NaN and infinities are the texts `NaN`,
 * `Infinity` and `-Infinity`, as in protobuf's JSON.
 */
export interface OipTensor {
  name: string;
  shape: number[];
  datatype: string;
  data: unknown[];
  parameters?: OipParameters;
}

/**
 * The parameters that count here: for a request `binary_data_output`, `priority`, `timeout` (µs) and `results`, for
 * an input `binary_data_size` instead of `data`, for an output `binary_data` and `classification`.
 */
export interface OipRequest {
  id?: string;
  inputs: OipTensor[];
  outputs?: { name: string; parameters?: OipParameters }[];
  parameters?: OipParameters;
}

export const oipResponse = z.object({
  model_name: z.string(),
  model_version: z.string().optional(),
  id: z.string().optional(),
  /** What the outputs mean, by their names, one object a row: for who asks with the parameter `results`, or sends a picture. */
  results: z.array(z.record(z.string(), z.array(z.unknown()))).optional(),
  outputs: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.number()),
      datatype: z.string(),
      /** Empty where `binary_data_size` stands in the parameters: it is behind the JSON then. */
      data: z.array(z.unknown()).default([]),
      parameters: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});
export type OipResponse = z.infer<typeof oipResponse>;
