import { inTurn } from '../in-turn.ts';
import type { DropReason } from './outbox.ts';
import type { Usage } from './usage.ts';

/** A stream, as far as it takes room and gives it. */
export interface Tenant {
  /** Bytes of messages that it could give up. */
  bytes(): Promise<number>;
  /** Gives up its oldest segment, notice first; false when it holds no message, or cannot. Never rejects. */
  giveUp(reason: DropReason): Promise<boolean>;
  /** Gives up what has waited for longer than it may. Never rejects. */
  expire(): Promise<void>;
}

/**
 * Who gets the bytes of a folder: a stream may take from those that are less urgent, the least urgent and its oldest
 * first, and in the end from what is older of its own. It never takes from one that is more urgent.
 */
export interface Room {
  /** Takes bytes for the stream of this urgency (0 is the most urgent); false when it cannot have so many. */
  claim(urgency: number, bytes: number): Promise<boolean>;
  /** Gives up a segment of a stream that is less urgent than this one, once prepared for it; false when none has any. */
  yieldTo(urgency: number, prepare: () => Promise<void>): Promise<boolean>;
  /** Gives up what has expired, and what is over the limit. */
  tidy(): Promise<void>;
}

/** `tenants`: the most urgent first. `limit`: bytes of all messages. */
export function roomFor(tenants: readonly Tenant[], usage: Usage, limit: number): Room {
  const turn = inTurn();
  const fits = (bytes: number) => usage.bytes + bytes <= limit;

  const giveUpFor = async (urgency: number): Promise<boolean> => {
    for (const tenant of tenants.slice(urgency).reverse()) if (await tenant.giveUp('quota')) return true;
    return false;
  };
  const gain = async (urgency: number): Promise<number> => {
    let bytes = 0;
    for (const tenant of tenants.slice(urgency)) bytes += await tenant.bytes();
    return bytes;
  };

  const makeRoom = async (urgency: number, bytes: number): Promise<boolean> => {
    await usage.look();
    if (fits(bytes)) return true;
    for (const tenant of tenants) await tenant.expire();
    // What would be refused all the same must not cost anybody anything.
    if (!fits(bytes - (await gain(urgency)))) return false;
    for (await usage.look(); !fits(bytes); await usage.look()) if (!(await giveUpFor(urgency))) return false;
    return true;
  };

  const takeInTurn = (urgency: number, bytes: number) =>
    turn(async () => {
      // Others, whose bytes fit, may have taken them since.
      while (!fits(bytes)) if (!(await makeRoom(urgency, bytes))) return false;
      usage.take(bytes);
      return true;
    });

  return {
    async claim(urgency, bytes) {
      if (!fits(bytes)) return takeInTurn(urgency, bytes);
      usage.take(bytes);
      return true;
    },
    yieldTo: (urgency, prepare) =>
      turn(async () => {
        if ((await gain(urgency + 1)) === 0) return false;
        await prepare();
        return giveUpFor(urgency + 1);
      }),
    tidy: () =>
      turn(async () => {
        for (const tenant of tenants) await tenant.expire();
        if (!fits(0)) await makeRoom(0, 0);
      }),
  };
}
