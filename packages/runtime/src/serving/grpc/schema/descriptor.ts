import { encode, type Message } from './codec.ts';
import { descriptorSchema } from './descriptor-schema.ts';
import type { Field, Method, Schema } from './schema.ts';

/** Numbers of FieldDescriptorProto.Type. */
const typeNumbers: Readonly<Record<string, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
};
const [MESSAGE, ENUM] = [11, 14];
const [OPTIONAL, REPEATED] = [1, 3];

/** The schema as a serialized `FileDescriptorProto`, which is what reflection hands out. */
export function fileDescriptor(schema: Schema): Buffer {
  const services = Object.entries(schema.services);
  return encode(descriptorSchema, 'FileDescriptorProto', {
    name: schema.file,
    package: schema.package,
    message_type: messagesIn(schema, ''),
    enum_type: enumsIn(schema, ''),
    service: services.map(([name, methods]) => ({
      name,
      method: methods.map((method) => methodOf(schema, method)),
    })),
    syntax: 'proto3',
  });
}

const methodOf = (schema: Schema, { name, input, output, clientStreams, serverStreams }: Method) => ({
  name,
  input_type: fullName(schema, input),
  output_type: fullName(schema, output),
  client_streaming: clientStreams ?? false,
  server_streaming: serverStreams ?? false,
});

const fullName = (schema: Schema, name: string) => `.${schema.package}.${name}`;

/** Names right below `outer`, a prefix that ends in a dot, or nothing for the file itself. */
const namesBelow = (names: Iterable<string>, outer: string) =>
  Array.from(names).filter((name) => name.startsWith(outer) && !name.slice(outer.length).includes('.'));

const messagesIn = (schema: Schema, outer: string): Message[] =>
  namesBelow(schema.messages.keys(), outer).map((name) => messageOf(schema, name, outer));

const enumsIn = (schema: Schema, outer: string) =>
  namesBelow(Object.keys(schema.enums), outer).map((name) => ({
    name: name.slice(outer.length),
    value: schema.enums[name]!.map((value, number) => ({ name: value, number })),
  }));

function messageOf(schema: Schema, name: string, outer: string): Message {
  const fields = schema.messages.get(name)!;
  const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))];
  const maps = fields.filter(({ keyType }) => keyType !== undefined);
  return {
    name: name.slice(outer.length),
    field: fields.map((field) => fieldOf(schema, name, field, oneofs)),
    nested_type: [...maps.map((field) => entryOf(schema, name, field)), ...messagesIn(schema, `${name}.`)],
    enum_type: enumsIn(schema, `${name}.`),
    oneof_decl: oneofs.map((oneof) => ({ name: oneof })),
  };
}

function fieldOf(schema: Schema, message: string, field: Field, oneofs: readonly string[]): Message {
  const { name, number, keyType, repeated, oneof } = field;
  const type =
    keyType === undefined
      ? typeOf(schema, field.type)
      : { type: MESSAGE, type_name: fullName(schema, `${message}.${entryName(name)}`) };
  return {
    name,
    number,
    label: repeated || keyType !== undefined ? REPEATED : OPTIONAL,
    ...type,
    ...(oneof !== undefined && { oneof_index: oneofs.indexOf(oneof) }),
    json_name: camel(name),
  };
}

/** What a map field is a list of. */
function entryOf(schema: Schema, message: string, { name, keyType, type }: Field): Message {
  const field = { repeated: false, keyType: undefined, oneof: undefined };
  const key = { ...field, name: 'key', number: 1, type: keyType! };
  const value = { ...field, name: 'value', number: 2, type };
  return {
    name: entryName(name),
    field: [key, value].map((it) => fieldOf(schema, message, it, [])),
    options: { map_entry: true },
  };
}

function typeOf(schema: Schema, type: string): Message {
  const number = typeNumbers[type];
  if (number !== undefined) return { type: number };
  return { type: schema.enums[type] ? ENUM : MESSAGE, type_name: fullName(schema, type) };
}

const camel = (name: string) => name.replaceAll(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
const entryName = (name: string) => `${camel(`_${name}`)}Entry`;
