import type { WaitingDeviceRow } from './tables.ts';

/** Why one that shows a certificate of this hub waits. */
export const whyOf = ({ address, fingerprint }: Pick<WaitingDeviceRow, 'address' | 'fingerprint'>): string =>
  `it came from ${address} with a certificate of this hub that is not on its record, ${fingerprint}`;
