import { z } from 'zod';

const durationUnits = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
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

const durationPattern = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;
const sizePattern = /^(\d+)(k|M|G|T|Ki|Mi|Gi|Ti)?$/;

/** Milliseconds of a duration such as `30s`, `1h30m` or `90d`, the largest unit first; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text);
  if (!match || text === '') return undefined;
  const factors = Object.values(durationUnits);
  const total = match.slice(1).reduce((sum, part, index) => sum + Number(part ?? 0) * factors[index]!, 0);
  return Number.isSafeInteger(total) ? total : undefined;
}

/** Bytes of a size such as `512Mi` or `8M` (Kubernetes quantities); undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const match = sizePattern.exec(text);
  if (!match) return undefined;
  const bytes = Number(match[1]) * sizeUnits[(match[2] ?? '') as keyof typeof sizeUnits];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A duration as people write it, kept as text. */
export const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, 'must be a duration such as 30s, 5m, 1h30m or 90d');

/** A size as people write it, kept as text. */
export const size = z
  .string()
  .refine((text) => parseSize(text) !== undefined, 'must be a size in bytes such as 512Mi, 10G or 4096');

/** The same, as milliseconds and as bytes. */
export const durationMs = duration.transform((text) => milliseconds(text));
export const sizeBytes = size.transform((text) => parseSize(text)!);

/** Milliseconds of a text that {@link duration} has accepted. */
export function milliseconds(text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new TypeError(`not a duration: ${text}`);
  return value;
}
