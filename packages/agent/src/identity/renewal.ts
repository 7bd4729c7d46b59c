import { type RenewRequest, renewProof } from '@skerry/contracts';
import { backoffDelay, type Clock, describeError, type Logger, type Random } from '@skerry/kit';
import type { Link } from '../link/link.ts';
import type { Tell } from '../report/events.ts';
import { checkedChain, type DeviceIdentity, validityOf } from './identity.ts';
import { prove, publicKeyOf } from './key.ts';
import type { TrustedTime } from './trusted-time.ts';

export interface RenewalOptions {
  readonly link: Pick<Link, 'renew'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly time: TrustedTime;
  readonly tell: Tell;
  readonly identity: () => DeviceIdentity;
  /** Keeps the new chain, durably; what is connected stays so. */
  readonly onRenewed: (chain: readonly string[]) => Promise<void>;
}

export interface Renewal {
  stop(): Promise<void>;
}

/** A clock may be set meanwhile, so that the time is looked at again after this. */
const LOOK_MS = 3_600_000;

/** Between two renewals, at least. */
const LEAST_MS = 1_000;

/** Within this after the start the hub tells the time, if it lets us in; where it does not, the certificate may have ended. */
const UNKNOWN_MS = 10_000;

/** How long the certificate is good for from the day that it was given, and when two thirds of that are over; ms. */
function lifeOf({ chain, certifiedAt }: DeviceIdentity): { life: number; renewsAt: number } {
  const { notBefore, notAfter } = validityOf(chain);
  // A clock that was wrong then may have noted another day.
  const from = notBefore <= certifiedAt && certifiedAt < notAfter ? certifiedAt : notBefore;
  return { life: notAfter - from, renewsAt: from + ((notAfter - from) * 2) / 3 };
}

export interface CertificateTimes {
  readonly notAfter: number;
  readonly renewsAt: number;
}

/** Read from the certificate, which is not done more often than it changes. */
export function certificateTimes(identity: DeviceIdentity): CertificateTimes {
  return { notAfter: validityOf(identity.chain).notAfter, renewsAt: renewsAt(identity) };
}

/** Two thirds into the certificate's life, ms since the epoch. */
export const renewsAt = (identity: DeviceIdentity) => lifeOf(identity).renewsAt;

/**
 * Renews the certificate at two thirds of its life, for as long as the agent runs; one that has ended, at once. While
 * the hub has not told the time, the certificate may have ended whatever the clock says, so that it is renewed too:
 * who shows an ended one is let in nowhere else.
 */
export function startRenewal(options: RenewalOptions): Renewal {
  const { clock, random, time, identity } = options;
  const life = new AbortController();
  // While the hub is away the same is asked for again and again.
  const readLife = ofLast(lifeOf);
  const lifeNow = () => readLife(identity());
  const requestOf = ofLast(requestFor);

  /** Whether it is due by the time, or because nobody told the time. */
  const untilDue = async (pause: number): Promise<boolean> => {
    const { life: lasts, renewsAt } = lifeNow();
    const early = (random.number() * lasts) / 20;
    await clock.sleep(pause, life.signal);
    for (let waited = 0; ; ) {
      const left = renewsAt - early - time.now();
      if (left <= 0) return true;
      if (!time.known && waited >= UNKNOWN_MS) return false;
      const step = Math.min(left, time.known ? LOOK_MS : UNKNOWN_MS);
      await clock.sleep(step, life.signal);
      waited += step;
    }
  };

  /** Without knowing the time nobody can say when the next one is due. */
  const pauseAfterSuccess = () => {
    const unsure = Math.min(LOOK_MS, lifeNow().life / 10);
    return Math.max(LEAST_MS, time.known ? 0 : unsure);
  };

  /** A device of many: the pause after a failure is a share of the certificate's life. */
  const pauseAfter = (failures: number) => {
    const share = lifeNow().life / 200;
    const backoff = { baseMs: Math.min(10_000, share), capMs: Math.min(LOOK_MS, share * 10) };
    return backoffDelay(backoff, failures, random) + backoff.baseMs / 2;
  };

  const run = async () => {
    for (let failures = 0, pause = LEAST_MS; ; ) {
      const isDue = await untilDue(pause);
      const renewed = await renewOnce(options, requestOf, failures === 0 && isDue, life.signal);
      failures = renewed ? 0 : failures + 1;
      pause = renewed ? pauseAfterSuccess() : Math.max(LEAST_MS, pauseAfter(failures));
    }
  };

  const running = run().catch((error) => {
    if (!life.signal.aborted) options.logger.error('the certificate is not renewed any more', { error });
  });
  return {
    async stop() {
      life.abort(new Error('stopping'));
      await running;
    },
  };
}

async function renewOnce(
  { link, time, tell, logger, identity, onRenewed }: RenewalOptions,
  requestOf: typeof requestFor,
  isNews: boolean,
  signal: AbortSignal,
) {
  try {
    const { chain } = await link.renew(requestOf(identity()), signal);
    // Asked for anew: another root may have been pinned on the way.
    await onRenewed(checkedChain(chain, identity(), time));
    tell('Normal', 'Renewed', `valid until ${new Date(validityOf(chain).notAfter).toISOString()}`);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    logger.warn('the certificate could not be renewed', { error });
    if (isNews) tell('Warning', 'RenewalFailed', describeError(error));
    return false;
  }
}

function requestFor({ deviceId, key }: DeviceIdentity): RenewRequest {
  const publicKey = publicKeyOf(key);
  return { publicKey, proof: prove(renewProof(deviceId, publicKey), key) };
}

/** The same function, that does no more than remember when it is given what it was given last. */
function ofLast<From extends object, To>(make: (from: From) => To): (from: From) => To {
  let last: { readonly from: From; readonly to: To } | undefined;
  return (from) => {
    if (last?.from !== from) last = { from, to: make(from) };
    return last.to;
  };
}
