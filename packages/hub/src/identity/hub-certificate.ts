import { createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { type Clock, every, inTurn, type Logger, type Stop } from '@skerry/kit';
import type { Authority, Chain } from './authority.ts';
import type { CertificateWish } from './authority-maker.ts';
import type { KeyFolder } from './key-folder.ts';

/** A key of the hub's own with the certificate that is valid now. */
export interface HubCertificate {
  readonly key: KeyObject;
  /** Leaf, its issuer. */
  chain(): readonly X509Certificate[];
  /** Called after every renewal. */
  onRenewed(listener: () => void): Stop;
  stop(): void;
}

export interface HubCertificateOptions {
  readonly authority: Authority;
  readonly keys: KeyFolder;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the files in the key folder. */
  readonly name: string;
  readonly wish: Omit<CertificateWish, 'publicKey'>;
}

const RETRY = 60_000;
const LOOK = 60_000;

/**
 * Keeps the key, issues a certificate at every start, and another at two thirds of its life and when its authority is
 * replaced, without a restart; also when the clock stands outside its time, since it was wrong when the certificate was
 * made, or the machine slept: nobody who knows the time would believe it.
 */
export async function keepHubCertificate(options: HubCertificateOptions): Promise<HubCertificate> {
  const { authority, keys, clock, logger, name, wish } = options;
  const key = await keys.keepKey(name);
  const listeners = new Set<() => void>();
  let stopTimer: Stop = () => {};
  let stopped = false;
  let chain: Chain;
  const turn = inTurn();

  const issue = async () => {
    chain = await authority.issueForHub({ ...wish, publicKey: createPublicKey(key) });
    // Nobody reads it but people: it is in force all the same while the disk is full.
    await keys
      .writeCertificate(name, chain.slice(0, 2))
      .catch((error) => logger.warn('a certificate of the hub could not be kept', { name, error }));
  };

  const schedule = (ms: number) => {
    stopTimer();
    if (!stopped) stopTimer = clock.timer(ms, renew);
  };

  const renew = () =>
    turn(issue).then(
      () => {
        for (const listener of listeners) listener();
        schedule((wish.life * 2) / 3);
      },
      (error) => {
        logger.error('a certificate of the hub could not be renewed', { name, error });
        schedule(Math.min(RETRY, wish.life / 10));
      },
    );

  await issue();
  schedule((wish.life * 2) / 3);
  const stopLooking = every(clock, LOOK, () => {
    if (isOutside(chain[0], clock.now())) void renew();
  });
  const stopFollowing = authority.onRotated(() => void renew());
  return {
    key,
    chain: () => chain.slice(0, 2),
    onRenewed(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      stopped = true;
      stopFollowing();
      stopLooking();
      stopTimer();
    },
  };
}

/** Longer than a machine that is in use ever sleeps, or is switched off. */
const LONGEST_REST = 366 * 86_400_000;

/** By a clock that is more than that ahead no certificate is made: whoever met it would believe its time for good. */
function isOutside({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  const endedFor = now - validToDate.getTime();
  return now < validFromDate.getTime() || (endedFor > 0 && endedFor < LONGEST_REST);
}
