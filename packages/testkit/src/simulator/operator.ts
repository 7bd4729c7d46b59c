import { commandRequest } from '@skerry/contracts';
import type { Asked } from './command-watch.ts';
import type { Fleet } from './fleet.ts';
import type { SimDevice } from './sim-device.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LONGEST_TTL_MS = 10 * DAY;
const kinds = ['ping', 'check', 'restart-runtime', 'message', 'message', 'message'] as const;

/** People who ask a device for something now and then, and send it messages, until `until`. */
export function operate(
  fleet: Fleet,
  device: SimDevice,
  { asksADay, until, kept }: { asksADay: number; until: number; kept: (asked: Asked) => void },
): void {
  const { world } = fleet;
  const random = world.random(`operator of ${device.name}`);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.number() * list.length)]!;

  const ask = () => {
    if (world.elapsed >= until) return;
    later();
    const kind = pick(kinds);
    // Of every length: some wait for a device that is away for days, some for no one.
    const ttlSeconds = 1 + Math.ceil((random.number() ** 4 * LONGEST_TTL_MS) / 1_000);
    const at = world.elapsed;
    const args = kind === 'message' ? { body: world.elapsed } : {};
    const request = commandRequest.parse({ kind, args, ttlSeconds });
    const { hub } = fleet;
    hub?.core.commands
      .ask({ projectId: hub.projectId, device: device.name, by: 'ada', request })
      .then(({ id }) => kept({ id, kind, device, at, ttlMs: ttlSeconds * 1_000 }))
      .catch(() => {});
  };
  const later = () => void world.after((2 * random.number() * DAY) / asksADay, ask);
  later();
}
