import type { Code } from './code.ts';

/** What becomes of a command to a device. */
export const commandCodes = {
  Commanded: {
    title: 'A device was asked to do something',
    meaning: 'By the person named.',
    next: 'Nothing; `skerry device commands NAME` says what came of it.',
  },
  CommandDone: {
    title: 'A device did what it was asked to',
    meaning: 'It answered, and the hub has the answer.',
    next: 'Nothing.',
  },
  CommandFailed: {
    title: 'A command failed on the device',
    meaning: 'The device began it, and it came to a bad end there.',
    next: 'Look at the message, and at `skerry device logs NAME`.',
  },
  CommandRefused: {
    title: 'The device refused a command',
    meaning: 'Its agent does not do such a thing, or not with these arguments. Nothing was begun.',
    next: 'Upgrade the agent, or correct the arguments.',
  },
  CommandExpired: {
    title: 'A command was not done in time',
    meaning: 'The device did not come to take it while it was to be kept. Nothing was begun.',
    next: 'Look at why the device is away (`skerry device show NAME`), or ask again with a longer --ttl.',
    status: 504,
    exit: 6,
  },
  CommandUnknown: {
    title: 'Whether a command was done is unknown',
    meaning:
      'It was sent or begun, and then the agent was killed, the device never came back, or the hub was restored from a backup. It is not done again by itself.',
    next: 'Look at the state of the device, and ask again if that does no harm.',
  },
} as const satisfies Record<string, Code>;
