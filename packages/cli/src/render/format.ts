const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** `5s`, `6m`, `3h20m`, `3d4h`: two units at most, for tables. */
export function age(ms: number): string {
  const span = Math.max(0, ms);
  if (span < minute) return `${Math.floor(span / second)}s`;
  if (span < hour) return `${Math.floor(span / minute)}m`;
  if (span < day) return two(span, hour, 'h', minute, 'm');
  return two(span, day, 'd', hour, 'h');
}

function two(span: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((span % large) / small);
  return `${Math.floor(span / large)}${largeName}${rest > 0 ? `${rest}${smallName}` : ''}`;
}

/** `00:00:42`. */
export function clockTime(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / second);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

const sizeUnits = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `512 B`, `151 KiB`, `9.8 MiB`. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  let value = count;
  let unit = 'B';
  for (const larger of sizeUnits) {
    if (value < 1024) break;
    value /= 1024;
    unit = larger;
  }
  const digits = value >= 10 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${unit}`;
}

/** `412,907`. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share as `99.0 %`. Rounded down, so that 100 % is all of them. */
export function percent(share: number): string {
  return `${(Math.floor(share * 1000 + 1e-9) / 10).toFixed(1)} %`;
}

/** Microseconds as `41 µs`, `1.2 ms`, `2.5 s`. */
export function latency(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}

/** A digest as people compare it: `sha256:9f2c41…`. */
export function shortDigest(digest: string): string {
  return digest.replace(/^(sha256:[0-9a-f]{6})[0-9a-f]+$/, '$1…');
}

/** An instant in a time zone, `14:02:39`, or with its day where that is not today: `17 Nov 20:41`. */
export function when(instant: string, now: number, timeZone: string): string {
  const at = new Date(instant);
  const dayOf = (date: Date) => date.toLocaleDateString('en-GB', { timeZone });
  const today = dayOf(at) === dayOf(new Date(now));
  const time = at.toLocaleTimeString('en-GB', { timeZone, hourCycle: 'h23' });
  if (today) return time;
  const month = at.toLocaleDateString('en-GB', { timeZone, day: '2-digit', month: 'short' });
  return `${month} ${time.slice(0, 5)}`;
}
