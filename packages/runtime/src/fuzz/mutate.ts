import type { Random } from '@skerry/kit';

/** Longer inputs find nothing that shorter ones do not, and take longer. */
const MAX_BYTES = 64 * 1024;
const MOST_CHANGES = 6;

const interestingBytes = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x22, 0x5b, 0x5d, 0x7b, 0x7d, 0x2c, 0x3a, 0x0a, 0x2d];
const interestingTexts = [
  ...[
    '0',
    '-1',
    '1e999',
    '-1e999',
    '1e-999',
    '9007199254740993',
    '18446744073709551616',
    '4294967296',
    '1.5',
  ],
  ...['NaN', 'Infinity', 'null', 'true', '""', '{}', '[]', '[['.repeat(70), '"\\ud800"', '\u0000', '�'],
  ...['__proto__', 'constructor', 'BYTES', 'INT64', 'FP16', 'BOOL', 'shape', 'data', 'parameters'],
  ...['binary_data_size', 'classification', 'binary_data_output', 'priority', 'timeout', '\r\n\r\n', '%00'],
  ...['content-length: 7\r\n', 'transfer-encoding: chunked\r\n', 'content-encoding: gzip\r\n'],
].map((text) => Buffer.from(text));

type Change = (bytes: Buffer, pick: (below: number) => number, other: Buffer) => Buffer;

const at = (bytes: Buffer, pick: (below: number) => number) => pick(bytes.length + 1);
const replaced = (bytes: Buffer, from: number, to: number, by: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);

const changes: readonly Change[] = [
  function flipBit(bytes, pick) {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[pick(changed.length)]! ^= 1 << pick(8);
    return changed;
  },
  function setByte(bytes, pick) {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[pick(changed.length)] = interestingBytes[pick(interestingBytes.length)]!;
    return changed;
  },
  function remove(bytes, pick) {
    const from = at(bytes, pick);
    return replaced(bytes, from, Math.min(bytes.length, from + 1 + pick(16)), Buffer.alloc(0));
  },
  function cutOff(bytes, pick) {
    return bytes.subarray(0, at(bytes, pick));
  },
  function repeat(bytes, pick) {
    const from = at(bytes, pick);
    const part = bytes.subarray(from, from + 1 + pick(64));
    return replaced(bytes, from, from, Buffer.concat(Array.from({ length: 1 + pick(8) }, () => part)));
  },
  function insertText(bytes, pick) {
    const from = at(bytes, pick);
    return replaced(bytes, from, from, interestingTexts[pick(interestingTexts.length)]!);
  },
  function otherNumber(bytes, pick) {
    const numbers = [...bytes.toString('latin1').matchAll(/\d+/g)];
    const found = numbers[pick(numbers.length || 1)];
    if (!found) return bytes;
    const text = interestingTexts[pick(9)]!;
    return replaced(bytes, found.index, found.index + found[0].length, text);
  },
  function longVarint(bytes, pick) {
    const from = at(bytes, pick);
    const varint = Buffer.from([...Array.from({ length: pick(11) }, () => 0xff), pick(128)]);
    return replaced(bytes, from, Math.min(bytes.length, from + 1), varint);
  },
  function crossOver(bytes, pick, other) {
    return Buffer.concat([bytes.subarray(0, at(bytes, pick)), other.subarray(at(other, pick))]);
  },
];

/** A few changes to an input, of the kind that parsers stumble over; `other` lends it parts. */
export function mutate(input: Uint8Array, other: Uint8Array, random: Random): Buffer {
  const pick = (below: number) => Math.floor(random.number() * below);
  let bytes: Buffer = Buffer.from(input);
  for (let left = 1 + pick(MOST_CHANGES); left > 0; left--)
    bytes = changes[pick(changes.length)]!(bytes, pick, Buffer.from(other)).subarray(0, MAX_BYTES);
  // Parsers must not count on what stands around their bytes, nor on where these lie.
  return Buffer.from(bytes);
}
