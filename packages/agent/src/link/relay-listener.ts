import type { LinkListener } from './link.ts';

/** Stands between a connection and whoever will listen to it. */
export interface RelayListener extends LinkListener {
  to(listener: LinkListener): void;
}

/** What is said before anybody listens is lost; the hub says nothing before our hello. */
export function relayListener(): RelayListener {
  let target: LinkListener | undefined;
  return {
    to(listener) {
      target = listener;
    },
    welcome: (welcome) => target?.welcome(welcome),
    busy: (busy) => target?.busy(busy),
    ack: (ack) => target?.ack(ack),
    nudge: (nudge) => target?.nudge(nudge),
    command: (command) => target?.command(command),
  };
}
