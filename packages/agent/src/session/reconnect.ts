const patientAfter = 5;
const baseMs = 1_000;
const capMs = 60_000;

/**
 * How long to wait before the next try, after `failures` in a row: at first within a second, since a hub that was
 * restarted is back soon; then twice as long each time. Full jitter, so that a fleet does not come back as one.
 */
export function reconnectDelay(failures: number, random: number): number {
  const bound = Math.min(capMs, baseMs * 2 ** Math.min(20, Math.max(0, failures - patientAfter)));
  return Math.floor(random * bound);
}
