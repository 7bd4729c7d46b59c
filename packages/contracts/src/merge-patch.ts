/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What `patch` makes of `target` (JSON Merge Patch, RFC 7396 §2): null deletes, lists are replaced whole. */
export function applyMergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, applyMergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}

/**
 * The smallest merge patch that turns `from` into `to`, or undefined when they are equal.
 * Neither may hold a null inside an object, which RFC 7396 cannot express.
 */
export function diffMergePatch(from: JsonObject, to: JsonObject): JsonObject | undefined {
  const patch = new Map<string, Json>();
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch.set(key, null);
  for (const [key, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    const change =
      isJsonObject(before) && isJsonObject(value) ? diffMergePatch(before, value) : changed(before, value);
    if (change !== undefined) patch.set(key, change);
  }
  return patch.size > 0 ? Object.fromEntries(patch) : undefined;
}

function changed(before: Json | undefined, after: Json): Json | undefined {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
}
