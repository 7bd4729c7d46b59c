import { shortFloat16, shortFloat32 } from './short-float.ts';
import type { BytesArray, Datatype, NumberArray, TensorData } from './tensor.ts';

/**
 * A tensor's elements as a JSON list, flat. NaN and infinities, which JSON has no numbers for, are the texts that
 * protobuf's JSON has for them; bytes are text.
 */
export function writeData(datatype: Datatype, data: TensorData): string {
  switch (datatype) {
    case 'BYTES':
      return JSON.stringify(Array.from(data as readonly (string | Uint8Array)[], textOf));
    case 'BOOL':
      return `[${Array.from(data as Uint8Array, (bit) => bit === 1).join(',')}]`;
    case 'FP32':
      return `[${finite(floats(data as Float32Array, shortFloat32))}]`;
    case 'FP16':
      return `[${finite(floats(data as Float16Array, shortFloat16))}]`;
    default:
      return `[${finite((data as NumberArray).join(','))}]`;
  }
}

const textOf = (element: BytesArray[number]) =>
  typeof element === 'string' ? element : Buffer.from(element).toString();

function floats(data: Float32Array | Float16Array, short: (value: number) => number): string {
  if (data.length === 0) return '';
  let text = String(short(data[0]!));
  for (let i = 1; i < data.length; i++) text += `,${short(data[i]!)}`;
  return text;
}

const finite = (text: string) =>
  text.includes('N') || text.includes('I') ? text.replaceAll(/NaN|-?Infinity/g, '"$&"') : text;
