/** One protobuf file: its messages by name (nested ones as `Outer.Inner`), fields as .proto files write them. */
export interface SchemaText {
  readonly file: string;
  readonly package: string;
  readonly enums: Readonly<Record<string, readonly string[]>>;
  readonly messages: Readonly<Record<string, readonly string[]>>;
  readonly services: Readonly<Record<string, readonly Method[]>>;
}

export interface Method {
  readonly name: string;
  readonly input: string;
  readonly output: string;
  readonly clientStreams?: boolean;
  readonly serverStreams?: boolean;
}

export interface Field {
  readonly name: string;
  readonly number: number;
  /** A scalar's name, or that of an enum or message of the same file. */
  readonly type: string;
  readonly repeated: boolean;
  /** Type of the keys where it is a map; `type` is then that of the values. */
  readonly keyType: string | undefined;
  readonly oneof: string | undefined;
}

export interface Schema extends Omit<SchemaText, 'messages'> {
  readonly messages: ReadonlyMap<string, readonly Field[]>;
}

const FIELD = /^(?:map<(\w+), ([\w.]+)>|(repeated )?([\w.]+)) (\w+) = (\d+)(?: oneof (\w+))?$/;

export function schemaOf(text: SchemaText): Schema {
  const entries = Object.entries(text.messages).map(([name, lines]) => [name, lines.map(fieldOf)] as const);
  return { ...text, messages: new Map(entries) };
}

function fieldOf(line: string): Field {
  const match = FIELD.exec(line);
  if (!match) throw new Error(`not a field of a protobuf message: ${line}`);
  const [, keyType, valueType, repeated, type, name, number, oneof] = match;
  return {
    name: name!,
    number: Number(number),
    type: (valueType ?? type)!,
    repeated: repeated !== undefined,
    keyType,
    oneof,
  };
}
