import { type ProtoReader, wireType } from './proto-reader.ts';

export type Parameters = Record<string, string | number | boolean | undefined>;

/** Adds one entry of a `map<string, InferParameter>` to those before it. Throws `InvalidRequest`. */
export function readParameter(entry: ProtoReader, parameters: Parameters = {}): Parameters {
  let key = '';
  let value: Parameters[string];
  while (entry.next())
    if (entry.field === 1) key = entry.string();
    else if (entry.field === 2) value = readValue(entry.message());
    else entry.skip();
  // `__proto__` is no parameter of anybody's, and must not become one of the object.
  if (key !== '__proto__') parameters[key] = value;
  return parameters;
}

/** `InferParameter`: of several values the last counts. */
function readValue(reader: ProtoReader): Parameters[string] {
  let value: Parameters[string];
  while (reader.next())
    if (reader.field === 1) value = boolField(reader);
    else if (reader.field === 2) value = reader.intField();
    else if (reader.field === 3) value = reader.string();
    else if (reader.field === 4) value = reader.doubleField();
    else if (reader.field === 5) value = uintField(reader);
    else reader.skip();
  return value;
}

function boolField(reader: ProtoReader): boolean {
  reader.expect(wireType.varint);
  return reader.varint() !== 0;
}

function uintField(reader: ProtoReader): number {
  reader.expect(wireType.varint);
  return reader.varint();
}
