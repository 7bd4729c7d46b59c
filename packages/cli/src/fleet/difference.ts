import { isJsonObject, type Json } from '@skerry/contracts';

/** One field that differs. Absent stands for none. */
export interface FieldChange {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
}

/** Every scalar and list that differs, in the order of the keys. */
export function difference(before: Json | undefined, after: Json | undefined, pointer = ''): FieldChange[] {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  if (old || now) {
    const keys = [...new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])].sort();
    if (keys.length > 0)
      return keys.flatMap((key) => difference(old?.[key], now?.[key], `${pointer}/${escapePointer(key)}`));
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ pointer, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

const fieldsOf = (value: Json | undefined) => (isJsonObject(value) ? value : undefined);
const escapePointer = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');
