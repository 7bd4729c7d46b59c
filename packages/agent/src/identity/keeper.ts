import { type Clock, type Disk, inTurn, type Logger, soonest } from '@skerry/kit';
import type { DeviceIdentity } from './identity.ts';
import { writeChain, writeHub } from './kept-identity.ts';

/** What of an identity changes while it is in use: the certificate, and all that is known of the hub. */
export type ChangingPart = 'chain' | 'hub';

/**
 * Writes down what was learnt. What the disk refuses counts all the same, and is written once it takes it: a device that
 * held on to where its hub was, since its disk is full, would be lost with that place.
 */
export interface IdentityKeeper {
  /** That part is another now. Resolves once it was tried; never rejects. */
  changed(part: ChangingPart): Promise<void>;
  /** Resolves once nothing is unwritten. Rejects with `StorageFailed` where the disk refuses it again. */
  kept(): Promise<void>;
  stop(): Promise<void>;
}

export interface KeeperOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The agent's state folder. */
  readonly folder: string;
  /** As it is now. */
  readonly identity: () => DeviceIdentity;
}

const AGAIN_MS = 60_000;

export function identityKeeper({ disk, clock, logger, folder, identity }: KeeperOptions): IdentityKeeper {
  const write: Record<ChangingPart, () => Promise<void>> = {
    chain: () => writeChain(disk, folder, identity().chain),
    hub: () => writeHub(disk, folder, identity()),
  };
  const unwritten = new Set<ChangingPart>();
  const turn = inTurn();

  const kept = () =>
    turn(async () => {
      for (const part of [...unwritten]) {
        // Before it is written: it may change meanwhile, and is then to be written again.
        unwritten.delete(part);
        try {
          await write[part]();
        } catch (error) {
          unwritten.add(part);
          again.within(AGAIN_MS);
          throw error;
        }
      }
    });
  const tryAgain = () =>
    kept().then(
      () => logger.info('what could not be kept of the identity is on the disk now'),
      (error) => logger.debug('the identity can still not be kept', { error }),
    );
  const again = soonest(clock, tryAgain);

  return {
    async changed(part) {
      unwritten.add(part);
      await kept().catch((error) =>
        logger.error('what is new of the identity counts, and cannot be kept now; it is tried each minute', {
          part,
          error,
        }),
      );
    },
    kept,
    stop: () => turn(async () => again.stop()),
  };
}
