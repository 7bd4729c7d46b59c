import type { Befallen } from './befallen.ts';
import type { KeptCommand } from './books.ts';
import type { Fleet } from './fleet.ts';
import type { SimDevice } from './sim-device.ts';
import { BEGINNING } from './world.ts';

const HOUR = 3_600_000;

/** What somebody asked of a device; the hub said that it keeps it. */
export interface Asked {
  readonly id: string;
  readonly kind: string;
  readonly device: SimDevice;
  /** When, and how long it may wait; ms since the history began. */
  readonly at: number;
  readonly ttlMs: number;
}

/**
 * Holds what becomes of commands against what is promised (DESIGN §6, Commands): each is begun once at most and
 * settled in the end, what is done was begun, what expired was not and had its time, nobody says that he does not
 * know where it can be known, the hub gives none up while nothing befalls who could have answered; and messages come
 * in the order in which they were sent.
 */
export interface CommandWatch {
  kept(asked: Asked): void;
  /** A machine has noted that it begins a command, or that it has a message. */
  begun(machine: SimDevice, id: string, number: number): void;
  /** Looks at those that were open. */
  look(): void;
  /** One that is open still; undefined where none is. */
  open(): string | undefined;
  /** The machine's disk is not what it was: its own records know nothing of what it did since. */
  setBack(machine: SimDevice): void;
  /** A copy of it is about from now on, and the hub may find that out at any time. */
  copyCame(machine: SimDevice): void;
  copyGone(machine: SimDevice): void;
  hubRestored(): void;
}

interface Begun {
  /** The machine, and the life of its disk. */
  readonly by: string;
  /** Which start of the agent it was. */
  readonly start: number;
}

/** A device that was away comes back in so much time. */
const RECOVERY_MS = 4 * HOUR;
/** So long a command has to be with a device that is there, to be sure that it is answered. */
const ENOUGH_MS = HOUR;

export function commandWatch(
  fleet: Fleet,
  report: (device: string, what: string) => void,
  { some, seemsSetBack, calmSince, mistimedMs }: Befallen,
): CommandWatch {
  const { world } = fleet;
  const asked = new Map<string, Asked>();
  let open = new Set<Asked>();
  const begun = new Map<string, Begun>();
  const lives = new Map<string, number>();
  const lastMessage = new Map<string, number>();
  const lastSetBack = new Map<string, number>();
  /** How many copies of a device are about, by its id. */
  const copies = new Map<string, number>();
  const copiesOf = (id: string) => copies.get(id) ?? 0;
  let hubRestoredAt = -1;

  const lifeOf = ({ name }: SimDevice) => `${name} ${lives.get(name) ?? 0}`;

  const isBeforeItsEnd = (one: Asked, row: KeptCommand) => settledAt(row) < endOf(one) - mistimedMs(one.at);

  /** Why nobody may know what came of it. */
  const mayBeUnknown = (one: Asked, row: KeptCommand) => {
    const { id, device, at } = one;
    if (hubRestoredAt >= at || copiesOf(device.id) > 0 || (lastSetBack.get(device.id) ?? -1) >= at)
      return true;
    if (row.settled_by === 'hub') return !isBeforeItsEnd(one, row) || isFoundLate(one, row);
    const first = begun.get(id);
    return first !== undefined && (first.start < device.agentStarts || some(device, ['disk-full']));
  };

  /** What a device delivers in the end may be what first shows the hub that it was set back, or had a copy. */
  const isFoundLate = ({ device }: Asked, { message }: KeptCommand) =>
    seemsSetBack(device) && message?.includes('restored or cloned') === true;

  /** Before the hub gave it up. */
  const couldAnswer = ({ device, at }: Asked, row: KeptCommand) => {
    const since = calmSince(device);
    const settled = settledAt(row) - mistimedMs(at);
    return since !== undefined && settled - Math.max(at, since + RECOVERY_MS) >= ENOUGH_MS;
  };

  const wrongWith = (one: Asked, row: KeptCommand): string | undefined => {
    const isBegun = begun.has(one.id);
    const { state } = row;
    if (['done', 'failed'].includes(state) && !isBegun) return `is ${state}, and was not begun`;
    if (['expired', 'refused'].includes(state) && isBegun) return `is ${state}, and was begun`;
    // None of those that people ask for here can fail.
    if (['failed', 'refused'].includes(state)) return `is ${state}`;
    if (row.settled_by === 'hub' && couldAnswer(one, row))
      return `is ${state}, and nothing kept anybody from answering`;
    if (state === 'expired' && isBeforeItsEnd(one, row)) return 'expired before its time';
    if (state === 'unknown' && !mayBeUnknown(one, row)) return 'is unknown, and nothing had befallen it';
    return undefined;
  };

  const lookAt = (one: Asked) => {
    const row = fleet.books.command(one.id);
    if (row && ['queued', 'sent'].includes(row.state)) return;
    open.delete(one);
    if (!row && hubRestoredAt >= one.at) return;
    const wrong = row ? wrongWith(one, row) : 'is not in the hub any more';
    if (wrong) report(one.device.name, `the command ${one.kind} ${wrong}`);
  };

  return {
    kept(one) {
      asked.set(one.id, one);
      open.add(one);
    },
    begun(machine, id, number) {
      const by = lifeOf(machine);
      const before = begun.get(id);
      if (before?.by === by) report(machine.name, 'a command was begun twice');
      if (!before || before.by !== by) begun.set(id, { by, start: machine.agentStarts });
      if (asked.get(id)?.kind !== 'message') return;
      if ((lastMessage.get(by) ?? 0) > number) report(machine.name, 'a message came after a later one');
      lastMessage.set(by, number);
    },
    look() {
      for (const one of open) lookAt(one);
    },
    open() {
      const [first] = open;
      return first && `the command ${first.kind} is open still`;
    },
    setBack(machine) {
      lives.set(machine.name, (lives.get(machine.name) ?? 0) + 1);
      lastSetBack.set(machine.id, world.elapsed);
    },
    copyCame: ({ id }) => void copies.set(id, copiesOf(id) + 1),
    copyGone({ id }) {
      copies.set(id, copiesOf(id) - 1);
      lastSetBack.set(id, world.elapsed);
    },
    hubRestored() {
      hubRestoredAt = world.elapsed;
      lastMessage.clear();
      for (const [id] of asked) if (!fleet.books.command(id)) asked.delete(id);
      open = new Set([...asked.values()].filter(({ id }) => isOpen(fleet.books.command(id))));
    },
  };
}

/** Ms since the history began; the hub’s times have no parts of them. */
const endOf = ({ at, ttlMs }: Asked) => Math.floor(at) + ttlMs;
const settledAt = ({ settled_at }: KeptCommand) => Date.parse(settled_at ?? '') - BEGINNING;
const isOpen = (row: KeptCommand | undefined) => row !== undefined && ['queued', 'sent'].includes(row.state);
