const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

/**
 * Whether JSON text nests deeper than `limit`. Bytes that are not JSON give either answer.
 * Counting the brackets first, which is a search in native code, spares nearly every body the second look.
 */
export function nestsDeeperThan(limit: number, bytes: Buffer): boolean {
  if (bytes.length <= limit) return false;
  const openings = countUpTo(limit, bytes, OPEN_LIST) + countUpTo(limit, bytes, OPEN_MAP);
  return openings > limit && depthOver(limit, bytes);
}

function countUpTo(limit: number, bytes: Buffer, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at !== -1 && count <= limit; at = bytes.indexOf(byte, at + 1)) count++;
  return count;
}

function depthOver(limit: number, bytes: Buffer): boolean {
  let depth = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) i = endOfString(bytes, i);
    else if (byte === OPEN_LIST || byte === OPEN_MAP) {
      if (++depth > limit) return true;
    } else if (byte === CLOSE_LIST || byte === CLOSE_MAP) depth--;
  }
  return false;
}

function endOfString(bytes: Buffer, start: number): number {
  for (let i = start + 1; i < bytes.length; i++) {
    if (bytes[i] === BACKSLASH) i++;
    else if (bytes[i] === QUOTE) return i;
  }
  return bytes.length;
}
