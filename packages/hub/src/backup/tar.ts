/** The pieces of a POSIX archive: a head of 512 bytes, content padded to a multiple of that, two empty heads at the end. */
export const blockBytes = 512;

export interface TarEntry {
  /** At most 100 bytes. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Where a field of a head stands, and how long it is (POSIX.1-2017, pax, “ustar Interchange Format”). */
const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
} as const;
type Field = keyof typeof fields;

const largestOctal = 0o77777777777;

/** The head of a plain file, readable by its owner alone. `at` is in seconds since the epoch. */
export function tarHead({ path, size }: TarEntry, at: number): Uint8Array {
  const head = Buffer.alloc(blockBytes);
  const put = (field: Field, text: string) => head.write(text, fields[field][0], fields[field][1], 'utf8');
  const putNumber = (field: Field, value: number) =>
    put(field, `${value.toString(8).padStart(fields[field][1] - 1, '0')}\0`);
  if (Buffer.byteLength(path) > fields.name[1]) throw new RangeError(`${path} is too long for an archive`);
  put('name', path);
  putNumber('mode', 0o600);
  putNumber('uid', 0);
  putNumber('gid', 0);
  putSize(head, size);
  putNumber('mtime', at);
  put('type', '0');
  put('magic', 'ustar\x0000');
  put('checksum', `${checksumOf(head).toString(8).padStart(6, '0')}\0 `);
  return head;
}

/** Above 8 GiB, as GNU tar and its kin do it: a set top bit, then the number in base 256. */
function putSize(head: Buffer, size: number): void {
  const [at, length] = fields.size;
  if (size <= largestOctal) head.write(`${size.toString(8).padStart(length - 1, '0')}\0`, at);
  else {
    head[at] = 0x80;
    head.writeBigUInt64BE(BigInt(size), at + length - 8);
  }
}

/** Undefined for an empty head, which ends the archive. Throws where it is not the head of a plain file. */
export function parseTarHead(bytes: Uint8Array): TarEntry | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (head.every((byte) => byte === 0)) return undefined;
  const text = (field: Field) =>
    head.toString('utf8', fields[field][0], fields[field][0] + fields[field][1]).replace(/\0.*$/s, '');
  if (Number.parseInt(text('checksum'), 8) !== checksumOf(head)) throw new Error('a head is damaged');
  if (text('type') !== '0') throw new Error(`${text('name')} is no plain file`);
  return { path: text('name'), size: sizeOf(head, text('size')) };
}

function sizeOf(head: Buffer, octal: string): number {
  const [at, length] = fields.size;
  const size = head[at] === 0x80 ? Number(head.readBigUInt64BE(at + length - 8)) : Number.parseInt(octal, 8);
  if (!Number.isSafeInteger(size) || size < 0) throw new Error('a head has no size');
  return size;
}

/** The sum of all bytes, those of the checksum itself taken as blanks. */
function checksumOf(head: Buffer): number {
  const [at, length] = fields.checksum;
  const sum = head.reduce((total, byte) => total + byte, 0);
  const own = head.subarray(at, at + length).reduce((total, byte) => total + byte, 0);
  return sum - own + 32 * length;
}

/** Empty bytes that follow content of this size. */
export const paddingAfter = (size: number) => (blockBytes - (size % blockBytes)) % blockBytes;
