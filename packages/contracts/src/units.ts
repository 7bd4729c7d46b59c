import { z } from 'zod';

const durationUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizeUnits = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
} as const;

/** Milliseconds of a duration such as `30s`, `1h30m` or `90d`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g))
    total += Number(count) * durationUnits[unit as keyof typeof durationUnits];
  return Number.isSafeInteger(total) ? total : undefined;
}

/** Bytes of a size such as `512Mi` or `8M` (Kubernetes quantities); undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(text);
  if (!match) return undefined;
  const total = Number(match[1]) * sizeUnits[(match[2] ?? '') as keyof typeof sizeUnits];
  return Number.isSafeInteger(total) ? total : undefined;
}

/** A duration as people write it, kept as text. */
export const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, 'must be a duration such as 30s, 5m or 90d');

/** A size as people write it, kept as text. */
export const size = z
  .string()
  .refine((text) => parseSize(text) !== undefined, 'must be a size such as 512Mi');

/** Milliseconds of a text that {@link duration} has accepted. */
export function milliseconds(text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new TypeError(`not a duration: ${text}`);
  return value;
}
