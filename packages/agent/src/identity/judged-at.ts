import { X509Certificate } from 'node:crypto';
import type { TrustedTime } from './trusted-time.ts';

/**
 * The moment (ms since the epoch) at which a chain (DER) of the hub's is judged: the earliest at which it can have
 * been shown. What an authority signed it signed before now, so no clock makes a certificate too young; and the
 * machine's clock has no say in whether one has ended, so none that is ahead locks the device out. What ended
 * before the highest moment that the hub signed is refused whatever the clock says.
 *
 * The price: until the hub has told the time, who stole a key of the hub whose certificate ended after the device's
 * last contact is taken for the hub.
 */
export function judgedAt(chain: readonly Uint8Array[], { atLeast }: Pick<TrustedTime, 'atLeast'>): number {
  return Math.max(atLeast, ...chain.map(madeAt));
}

/** 0 where it cannot be read, which no verification accepts. */
function madeAt(der: Uint8Array): number {
  try {
    return new X509Certificate(der).validFromDate.getTime();
  } catch {
    return 0;
  }
}
