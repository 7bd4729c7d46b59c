import { type DeviceChange, isJsonObject, type Json } from '@skerry/contracts';
import type { ChangedDesire } from '../context.ts';
import { pointerOf } from '../pointer.ts';

type Change = DeviceChange['changes'][number];

/** Which fields of a device's desired state change, and how. */
export function deviceChange({ device, before, after }: ChangedDesire): DeviceChange {
  const nothing: Json = { models: {}, pipelines: {} };
  return {
    device,
    changes: difference(before === undefined ? nothing : JSON.parse(before), JSON.parse(after)),
  };
}

/** Every scalar and list that differs, by its JSON Pointer (RFC 6901). */
export function difference(before: Json | undefined, after: Json | undefined, pointer = ''): Change[] {
  if (holdsFields(before) || holdsFields(after)) {
    const [old, now] = [fieldsOf(before), fieldsOf(after)];
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
    return keys.flatMap((key) => difference(old[key], now[key], `${pointer}${pointerOf([key])}`));
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ pointer, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

const holdsFields = (value: Json | undefined) => isJsonObject(value) && Object.keys(value).length > 0;
const fieldsOf = (value: Json | undefined): { [key: string]: Json } => (isJsonObject(value) ? value : {});
