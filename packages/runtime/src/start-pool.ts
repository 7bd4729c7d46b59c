import type { Context } from './context.ts';
import { type InstancePool, instancePool } from './execution/instance-pool.ts';
import type { OpenOrder, VersionId } from './execution/protocol.ts';
import { coresBeside } from './threads/serving-cores.ts';

/** For threads to end once they are told to. */
const ENDING_MS = 2_000;

/** The instance threads, as a part of the lifetime. `giveUp` takes out a version whose instances cannot be replaced. */
export function startPool(
  context: Context,
  giveUp: (id: VersionId, why: string) => Promise<void>,
): Promise<InstancePool> {
  const { life, ports, logger, settings, cannotExit } = context;
  const onGivenUp = ({ version, name }: OpenOrder, why: string) =>
    giveUp(version, why).catch((error) => logger.warn('a version was not taken out', { model: name, error }));
  return life.start(
    'instances',
    () =>
      instancePool({
        ...ports,
        logger,
        onGivenUp,
        most: settings.instanceThreads,
        cores: coresBeside(context),
      }),
    async (pool) => {
      pool.stop();
      const end = ports.clock.monotonic() + ENDING_MS;
      while (pool.abandoned > 0 && ports.clock.monotonic() < end) await ports.clock.sleep(5);
      if (pool.abandoned > 0) cannotExit();
    },
  );
}
