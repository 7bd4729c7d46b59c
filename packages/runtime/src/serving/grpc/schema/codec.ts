import { PbfWriter } from 'pbf';
import { ProtoReader, wireType } from '../proto-reader.ts';
import type { Field, Schema } from './schema.ts';

/** A message as an object, its members named as in the schema: lists for repeated fields, a `Map` for maps. */
export type Message = Readonly<Record<string, unknown>>;

interface Scalar {
  readonly wire: number;
  read(reader: ProtoReader): unknown;
  write(writer: PbfWriter, number: number, value: never): void;
}

const uint: Scalar = {
  wire: wireType.varint,
  read: (reader) => reader.varint(),
  write: (writer, number, value: number) => writer.writeVarintField(number, value),
};
const int: Scalar = { ...uint, read: (reader) => reader.int() };

const scalars: Readonly<Record<string, Scalar>> = {
  uint32: uint,
  uint64: uint,
  int32: int,
  int64: int,
  bool: {
    wire: wireType.varint,
    read: (reader) => reader.varint() !== 0,
    write: (writer, number, value: boolean) => writer.writeBooleanField(number, value),
  },
  float: {
    wire: wireType.fixed32,
    read: (reader) => reader.bytes.readFloatLE(reader.take(4)),
    write: (writer, number, value: number) => writer.writeFloatField(number, value),
  },
  double: {
    wire: wireType.fixed64,
    read: (reader) => reader.bytes.readDoubleLE(reader.take(8)),
    write: (writer, number, value: number) => writer.writeDoubleField(number, value),
  },
  string: {
    wire: wireType.length,
    read: (reader) => reader.string(),
    write: (writer, number, value: string) => writer.writeStringField(number, value),
  },
  bytes: {
    wire: wireType.length,
    read: (reader) => reader.view(),
    write: (writer, number, value: Uint8Array) => writer.writeBytesField(number, value),
  },
};

/** Members that are undefined are left out, as are empty lists. */
export function encode(schema: Schema, type: string, message: Message): Buffer {
  const writer = new PbfWriter();
  writeMessage(schema, type, message, writer);
  const { buffer, byteOffset, length } = writer.finish();
  return Buffer.from(buffer, byteOffset, length);
}

function writeMessage(schema: Schema, type: string, message: Message, writer: PbfWriter): void {
  for (const field of schema.messages.get(type)!) {
    const value = message[field.name];
    if (value === undefined) continue;
    if (field.keyType !== undefined) writeMap(schema, field, value as ReadonlyMap<string, unknown>, writer);
    else if (field.repeated) for (const each of value as unknown[]) writeValue(schema, field, each, writer);
    else writeValue(schema, field, value, writer);
  }
}

function writeMap(schema: Schema, field: Field, map: ReadonlyMap<string, unknown>, writer: PbfWriter): void {
  for (const [key, value] of map)
    writer.writeMessage(
      field.number,
      (_entry, nested) => {
        nested.writeStringField(1, key);
        writeValue(schema, { ...field, number: 2 }, value, nested);
      },
      undefined,
    );
}

function writeValue(schema: Schema, { type, number }: Field, value: unknown, writer: PbfWriter): void {
  const names = schema.enums[type];
  if (names) writer.writeVarintField(number, names.indexOf(value as string));
  else if (scalars[type]) scalars[type].write(writer, number, value as never);
  else
    writer.writeMessage(
      number,
      (nested: Message, out) => writeMessage(schema, type, nested, out),
      value as Message,
    );
}

/** Scalars that did not come have their defaults, lists are empty; messages that did not come are undefined. Throws `InvalidRequest`. */
export function decode(schema: Schema, type: string, bytes: Buffer): Message {
  return readMessage(schema, type, new ProtoReader(bytes));
}

function readMessage(schema: Schema, type: string, reader: ProtoReader): Message {
  const fields = schema.messages.get(type)!;
  const message = Object.fromEntries(fields.map((field) => [field.name, emptyOf(schema, field)]));
  while (reader.next()) {
    const field = fields.find(({ number }) => number === reader.field);
    if (!field) reader.skip();
    else if (field.keyType !== undefined)
      readEntry(schema, field, reader, message[field.name] as Map<string, unknown>);
    else if (field.repeated) readRepeated(schema, field, reader, message[field.name] as unknown[]);
    else message[field.name] = readValue(schema, field, reader);
  }
  return message;
}

function emptyOf(schema: Schema, { type, repeated, keyType, oneof }: Field): unknown {
  if (keyType !== undefined) return new Map();
  if (repeated) return [];
  if (oneof !== undefined) return undefined;
  if (schema.enums[type]) return schema.enums[type][0];
  return type === 'string' ? '' : type === 'bool' ? false : type in scalars ? 0 : undefined;
}

function readEntry(schema: Schema, field: Field, reader: ProtoReader, map: Map<string, unknown>): void {
  const entry = reader.message();
  let [key, value]: [string, unknown] = ['', undefined];
  while (entry.next())
    if (entry.field === 1) key = entry.string();
    else if (entry.field === 2) value = readValue(schema, field, entry);
    else entry.skip();
  map.set(key, value);
}

function readRepeated(schema: Schema, field: Field, reader: ProtoReader, list: unknown[]): void {
  const scalar = scalars[field.type];
  const isPacked = scalar && scalar.wire !== wireType.length && reader.type === wireType.length;
  if (!isPacked) list.push(readValue(schema, field, reader));
  else for (const packed = reader.message(); packed.at < packed.end; ) list.push(scalar.read(packed));
}

function readValue(schema: Schema, { type }: Field, reader: ProtoReader): unknown {
  const scalar = scalars[type];
  if (scalar) {
    reader.expect(scalar.wire);
    return scalar.read(reader);
  }
  const names = schema.enums[type];
  if (!names) return readMessage(schema, type, reader.message());
  reader.expect(wireType.varint);
  return names[reader.varint()] ?? names[0];
}
