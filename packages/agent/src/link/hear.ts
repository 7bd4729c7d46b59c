import { ack, busy, command, type DownKind, downKinds, nudge, welcome } from '@skerry/contracts';
import type { Logger } from '@skerry/kit';
import type { LinkListener } from './link.ts';

/** Parses what came, and hands it on. */
const readers = {
  welcome: (to, json) => to.welcome(welcome.parse(json)),
  busy: (to, json) => to.busy(busy.parse(json)),
  ack: (to, json) => to.ack(ack.parse(json)),
  nudge: (to, json) => to.nudge(nudge.parse(json)),
  command: (to, json) => to.command(command.parse(json)),
} satisfies Record<DownKind, (to: LinkListener, json: unknown) => void>;

/** A message that cannot be read is left out: the hub may be newer, and repeats what matters. */
export function hear(kind: string, read: () => unknown, listener: LinkListener, logger: Logger): void {
  const known = downKinds.find((one) => one === kind);
  if (!known) return;
  try {
    readers[known](listener, read());
  } catch (error) {
    logger.warn('a message of the hub was not understood', { kind, error });
  }
}
