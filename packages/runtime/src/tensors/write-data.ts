import type { Datatype, NumberArray, TensorData } from './tensor.ts';

/** A tensor's elements as a JSON list, flat; NaN and infinities, which JSON lacks, as null. */
export function writeData(datatype: Datatype, data: TensorData): string {
  if (datatype === 'BYTES') return JSON.stringify(data);
  if (datatype === 'BOOL') return `[${Array.from(data as Uint8Array, (bit) => bit === 1).join(',')}]`;
  const text = (data as NumberArray).join(',');
  return `[${text.includes('N') || text.includes('I') ? text.replaceAll(/NaN|-?Infinity/g, 'null') : text}]`;
}
