import { failure } from '../../errors.ts';

/** Of a field's value (protobuf encoding, "Message Structure"). Groups, long deprecated, have no place here. */
export const wireType = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;

/**
 * Goes through the fields of one protobuf message. Whatever the bytes are, it reads nothing beyond them and throws
 * nothing but `InvalidRequest`; that is why it is not pbf's reader.
 *
 *     while (reader.next()) if (reader.field === 3) id = reader.string(); else reader.skip();
 */
export class ProtoReader {
  readonly bytes: Buffer;
  /** Of the current field. */
  field = 0;
  type = 0;
  at: number;
  readonly end: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Goes to the next field, whose value must then be read or skipped; false at the end. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.type = tag % 8;
    if (this.field === 0) throw malformed('a field has the number 0');
    return true;
  }

  /** From 0 to 2^64 − 1; rounded beyond 2^53. */
  varint(): number {
    const first = this.bytes[this.at]!;
    if (first < 0x80 && this.at < this.end) {
      this.at++;
      return first;
    }
    return this.longVarint();
  }

  private longVarint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.nextByte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw malformed('a number takes more than 10 bytes');
  }

  /** From 0 to 2^64 − 1, exactly. */
  varint64(): bigint {
    let [low, high] = [0, 0];
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.nextByte();
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift > 28) high |= bits << (shift - 32);
      else [low, high] = [low | (bits << 28), bits >>> 4];
      if (byte < 0x80) return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    }
    throw malformed('a number takes more than 10 bytes');
  }

  /** An int32 or int64, rounded beyond 2^53. */
  int(): number {
    const start = this.at;
    const value = this.varint();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    this.at = start;
    return Number(BigInt.asIntN(64, this.varint64()));
  }

  /** Where a string, bytes or a message ends; it begins at `at`. */
  lengthEnd(): number {
    if (this.type !== wireType.length) throw malformed(`field ${this.field} is of another type`);
    const end = this.varint() + this.at;
    if (end > this.end) throw malformed(`field ${this.field} reaches past the end`);
    return end;
  }

  string(): string {
    const end = this.lengthEnd();
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }

  /** A view. */
  view(): Buffer {
    const end = this.lengthEnd();
    const view = this.bytes.subarray(this.at, end);
    this.at = end;
    return view;
  }

  message(): ProtoReader {
    const end = this.lengthEnd();
    const reader = new ProtoReader(this.bytes, this.at, end);
    this.at = end;
    return reader;
  }

  /** An int32 or int64 field. */
  intField(): number {
    this.expect(wireType.varint);
    return this.int();
  }

  doubleField(): number {
    this.expect(wireType.fixed64);
    return this.bytes.readDoubleLE(this.take(8));
  }

  /** The place of the next `count` bytes, which are passed. */
  take(count: number): number {
    const at = this.at;
    if (at + count > this.end) throw malformed('it ends within a field');
    this.at = at + count;
    return at;
  }

  expect(type: number): void {
    if (this.type !== type) throw malformed(`field ${this.field} is of another type`);
  }

  skip(): void {
    if (this.type === wireType.varint) this.varint();
    else if (this.type === wireType.fixed64) this.take(8);
    else if (this.type === wireType.length) this.at = this.lengthEnd();
    else if (this.type === wireType.fixed32) this.take(4);
    else throw malformed(`field ${this.field} has the wire type ${this.type}`);
  }

  private nextByte(): number {
    return this.bytes[this.take(1)]!;
  }
}

export const malformed = (why: string) =>
  failure('InvalidRequest', `the message is not valid protobuf: ${why}`);

export const asBuffer = ({ buffer, byteOffset, length }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, length);
