import type { InboxMessage } from '@skerry/contracts';
import {
  type CommandRecords,
  type Inbox,
  inboxPageMessages,
  maxInboxBytes,
  maxInboxMessages,
  received,
} from '../commands/records.ts';

/** Records and inbox that outlive an agent in a test, as a disk would. */
export function memoryCommands(): { commands: CommandRecords; inbox: Inbox } {
  const records = new Map<string, { number: number; outcome: string | undefined }>();
  const messages: (InboxMessage & { readonly bytes: number })[] = [];
  let last = 0;
  const makeRoom = () => {
    const isOver = () => messages.reduce((sum, { bytes }) => sum + bytes, 0) > maxInboxBytes;
    while (messages.length > maxInboxMessages || isOver()) messages.shift();
  };
  const commands: CommandRecords = {
    find(id) {
      const kept = records.get(id);
      return kept && { outcome: kept.outcome === undefined ? undefined : JSON.parse(kept.outcome) };
    },
    count: () => records.size,
    begin: ({ id, number }) => void records.set(id, { number, outcome: undefined }),
    settle: (id, outcome) => void records.set(id, { ...records.get(id)!, outcome: JSON.stringify(outcome) }),
    receive({ id, number }, body) {
      last += 1;
      messages.push({ number: last, id, body, bytes: Buffer.byteLength(JSON.stringify(body)) });
      makeRoom();
      const done = received(last);
      records.set(id, { number, outcome: JSON.stringify(done) });
      return done;
    },
    forget(upTo) {
      for (const [id, { number }] of records) if (number <= upTo) records.delete(id);
    },
  };
  const after: Inbox['after'] = (number) => {
    const found = messages.filter((message) => message.number > number).slice(0, inboxPageMessages);
    return {
      messages: found.map(({ bytes: _, ...message }) => message),
      oldest: messages[0]?.number ?? last + 1,
    };
  };
  return { commands, inbox: { after } };
}
