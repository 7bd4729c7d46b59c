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
/** Devices that were refused try again about as often. */
const LOOK = 5 * 60_000;

/**
 * Keeps the key, issues a certificate at every start, and another at two thirds of its life and when its authority is
 * replaced, without a restart; also when the clock was set back to before it is valid, since it was made while the clock
 * was ahead. One that has ended since the clock jumped ahead stays, as devices believe no time beyond its end: whether the
 * clock was behind before, or is wrong now, a person has to say, by a restart.
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
    const [{ validFromDate, validToDate }] = chain;
    if (clock.now() < validFromDate.getTime()) void renew();
    if (clock.now() > validToDate.getTime())
      logger.error('a certificate of the hub has ended; if the clock is right now, restart the hub', {
        name,
      });
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
