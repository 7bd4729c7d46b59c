import { z } from 'zod';

const DURATION_UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const SIZE_UNITS = {
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
const PER_UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;
const SIZE = /^(\d+)(k|M|G|T|Ki|Mi|Gi|Ti)?$/;
const RATE = /^(\d+(?:\.\d+)?)\/([smhd])$/;

/** `1h30m`, `90d`, `250ms` as milliseconds; undefined when it is no duration. Largest unit first. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match || text === '') return undefined;
  const factors = Object.values(DURATION_UNITS);
  const total = match.slice(1).reduce((sum, part, index) => sum + Number(part ?? 0) * factors[index]!, 0);
  return Number.isSafeInteger(total) ? total : undefined;
}

/** The shortest text that `parseDuration` reads as the same number of milliseconds. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  let text = '';
  for (const [unit, factor] of Object.entries(DURATION_UNITS)) {
    const count = Math.floor(rest / factor);
    rest -= count * factor;
    if (count > 0) text += `${count}${unit}`;
  }
  return text || '0s';
}

/** `512Mi`, `10G`, `100` as bytes; undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (!match) return undefined;
  const bytes = Number(match[1]) * SIZE_UNITS[(match[2] ?? '') as keyof typeof SIZE_UNITS];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The largest binary unit that divides it: 536870912 → `512Mi`. */
export function formatSize(bytes: number): string {
  for (const unit of ['Ti', 'Gi', 'Mi', 'Ki'] as const) {
    if (bytes >= SIZE_UNITS[unit] && bytes % SIZE_UNITS[unit] === 0)
      return `${bytes / SIZE_UNITS[unit]}${unit}`;
  }
  return String(bytes);
}

/** `20/s`, `100/d` as events a second; undefined when it is no rate. */
export function parseRate(text: string): number | undefined {
  const match = RATE.exec(text);
  return match ? Number(match[1]) / PER_UNITS[match[2] as keyof typeof PER_UNITS] : undefined;
}

/** A duration as it stands in a file, checked; `parseDuration` gives its milliseconds. */
export const durationText = z.string().refine((text) => parseDuration(text) !== undefined, {
  error: 'expected a duration such as 30s, 5m, 1h30m or 90d',
});
/** A size as it stands in a file, checked; `parseSize` gives its bytes. */
export const sizeText = z.string().refine((text) => parseSize(text) !== undefined, {
  error: 'expected a size in bytes such as 512Mi, 10G or 4096',
});
/** A rate as it stands in a file, checked; `parseRate` gives events a second. */
export const rateText = z.string().refine((text) => parseRate(text) !== undefined, {
  error: 'expected a rate such as 20/s, 5/m or 100/d',
});

/** Text to milliseconds, bytes, or events a second. */
export const durationMs = durationText.transform((text) => parseDuration(text)!);
export const sizeBytes = sizeText.transform((text) => parseSize(text)!);
export const ratePerSecond = rateText.transform((text) => parseRate(text)!);
