import type { ModelMetadata, OipRequest } from '@skerry/contracts';

/** A request that a model with this metadata accepts: every free axis has size 1, every element is an ordinary value. */
export function sampleRequest({ inputs }: ModelMetadata): OipRequest {
  return {
    inputs: inputs.map(({ name, datatype, shape: wanted }) => {
      const shape = wanted.map((size) => (size === -1 ? 1 : size));
      const elements = shape.reduce((product, size) => product * size, 1);
      return { name, shape, datatype, data: new Array(elements).fill(sampleValue(datatype)) };
    }),
  };
}

/** Integers are often indexes, and 0 is one everywhere. */
function sampleValue(datatype: string): unknown {
  if (datatype === 'BYTES') return 'text';
  if (datatype === 'BOOL') return true;
  return datatype.startsWith('FP') ? 0.5 : 0;
}

/** A request that is short enough to be pasted. */
export const pasteable = 4096;

/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
