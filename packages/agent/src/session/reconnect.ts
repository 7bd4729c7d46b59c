const patientAfter = 5;
const baseMs = 1_000;
const capMs = 60_000;

/**
 * How long to wait before the next try, after `failures` in a row: at first within a second, since a hub that was
 * restarted is back soon; then twice as long each time. With jitter, so that a fleet does not come back as one: from
 * nothing up to the whole bound at first, from half of it once the hub is away for long. Ten thousand devices that
 * have tried in vain for an hour then meet it at no more than 230 a second.
 */
export function reconnectDelay(failures: number, random: number): number {
  const doublings = Math.min(20, Math.max(0, failures - patientAfter));
  const bound = Math.min(capMs, baseMs * 2 ** doublings);
  return Math.floor(doublings === 0 ? random * bound : (bound * (1 + random)) / 2);
}
