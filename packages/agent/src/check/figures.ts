/** `1.5 GiB`, `12 MiB`, `3 KiB`. */
export function bytesText(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${Math.ceil(bytes / 2 ** 10)} KiB`;
}

/** `12 days`, `5 hours`, of milliseconds. */
export function span(ms: number): string {
  const [size, unit] = units.find(([size]) => Math.abs(ms) >= 2 * size) ?? units.at(-1)!;
  return `${Math.round(ms / size)} ${unit}`;
}

const units: readonly (readonly [number, string])[] = [
  [86_400_000, 'days'],
  [3_600_000, 'hours'],
  [60_000, 'minutes'],
  [1_000, 'seconds'],
];
