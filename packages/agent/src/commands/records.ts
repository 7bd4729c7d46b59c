import type { CommandAnswer, InboxPage, Json, MessageResult } from '@skerry/contracts';

/** What came of a command: its answer, whichever session it is sent in. */
export type Outcome = Omit<CommandAnswer, 'id' | 'session'>;

/** Of a message that is in the inbox under this number. */
export const received = (number: number): Outcome => ({
  outcome: 'done',
  result: { number } satisfies MessageResult,
});

/** A command as this device remembers it. */
export interface Kept {
  /** Undefined: it was begun, and has not come to an end that anybody noted. */
  readonly outcome: Outcome | undefined;
}

/** Of a command: its id, and its number among those of this device, which the hub gives. */
export interface CommandName {
  readonly id: string;
  readonly number: number;
}

/** What the device remembers of commands. What a call changes is durable when it returns; nothing of it is when it throws. */
export interface CommandRecords {
  find(id: string): Kept | undefined;
  /** How many it remembers. */
  count(): number;
  /** Notes that a command is begun. */
  begin(command: CommandName): void;
  /** Notes what came of one that was begun. */
  settle(id: string, outcome: Outcome): void;
  /** Puts a message into the inbox and notes that this was done, both at once. */
  receive(command: CommandName, body: Json): Outcome;
  /** Forgets the commands up to that number, which the hub will not ask for again. */
  forget(number: number): void;
}

/** Messages for the site's own programs, the newest of them: older ones make room. */
export interface Inbox {
  /** Those behind a number, oldest first. */
  after(number: number): InboxPage;
}

/** Messages that the inbox keeps, and bytes of their JSON; whichever is reached first. */
export const maxInboxMessages = 1000;
export const maxInboxBytes = 8 * 1024 * 1024;
/** Messages that a page of it holds. */
export const inboxPageMessages = 100;
