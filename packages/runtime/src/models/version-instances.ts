import type { Logger, Stop } from '@skerry/kit';
import type { InstancePool } from '../execution/instance-pool.ts';
import { limitsOf } from '../execution/limits.ts';
import type { OpenVersion } from '../execution/open-version.ts';
import type { OpenOrder } from '../execution/protocol.ts';
import { versionBoard } from '../execution/version-board.ts';
import type { ServingThread } from '../threads/serving.ts';

export interface VersionInstancesOptions {
  readonly pool: InstancePool;
  readonly threads: readonly ServingThread[];
  readonly logger: Logger;
  readonly order: OpenOrder & { readonly board: SharedArrayBuffer };
}

/** The instances of one version: always there for a large model, opened when first wanted for one that runs inline. */
export interface VersionInstances {
  /** Memories of what its instances counted. */
  stats(): readonly SharedArrayBuffer[];
  /** Requests that wait or run on instances. */
  pending(): number;
  /** Instances that were opened in place of lost ones. */
  restarts(): number;
  /** Lets every serving thread send it work. */
  adopt(version: OpenVersion): void;
  /** Opens an instance where there is none. Rejects with what `openModel` throws. */
  want(): Promise<void>;
  close(): Promise<void>;
}

export function versionInstances(options: VersionInstancesOptions): VersionInstances {
  const { pool, threads, logger, order } = options;
  const board = versionBoard(order.board, limitsOf(order.spec).queueLimit);
  let open: OpenVersion | undefined;
  let opening: Promise<void> | undefined;
  let disconnect: Stop[] = [];

  const adopt = (version: OpenVersion) => {
    open = version;
    disconnect = threads.map((thread) =>
      version.connect((change) => {
        thread
          .link(order.version, change)
          .catch((error) =>
            logger.warn('a thread was not told of an instance', { model: order.name, error }),
          );
      }),
    );
  };
  const openOne = async () => {
    try {
      adopt(await pool.open(order));
    } finally {
      opening = undefined;
    }
  };

  return {
    adopt,
    stats: () => open?.stats ?? [],
    pending: () => board.pending,
    restarts: () => Math.max(0, (open?.stats.length ?? 0) - (order.spec.serving?.instances ?? 1)),
    async want() {
      if (open) return;
      opening ??= openOne();
      await opening;
    },
    async close() {
      await opening?.catch(() => {});
      for (const stop of disconnect) stop();
      await open?.close();
    },
  };
}
