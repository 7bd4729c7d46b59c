import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Http } from '@skerry/kit';
import { manualClock } from '@skerry/kit/testing';
import { memoryCommands } from '../testing/memory-commands.ts';
import { messagesHandler } from './inbox-api.ts';
import { showMessages } from './messages-verb.ts';
import { maxInboxMessages } from './records.ts';

/** What is shown of an inbox that so many messages came into, and what is said to be missing. */
async function shown(count: number, after: number) {
  const { commands, inbox } = memoryCommands();
  for (let number = 1; number <= count; number++) commands.receive({ id: `id-${number}`, number }, number);
  const handle = messagesHandler(inbox, manualClock());
  const { signal } = new AbortController();
  const request = async ({ url }: { url: string }) => {
    const query = new URL(url).searchParams;
    const page = await handle({ query, params: {}, headers: {}, body: undefined, signal });
    return { body: async () => Buffer.from(JSON.stringify(page)) };
  };
  const [lines, missing]: string[][] = [[], []];
  await showMessages({
    http: { request } as unknown as Http,
    ...{ folder: 'state', after, follow: false, json: false, signal },
    out: { write: (text) => lines!.push(text) },
    err: { write: (text) => missing!.push(text) },
  });
  return { lines: lines!, missing: missing! };
}

test('all behind a number are shown, page by page', async () => {
  const { lines, missing } = await shown(250, 1);
  assert.deepEqual([lines.length, lines[0], lines.at(-1)], [249, '2 2\n', '250 250\n']);
  assert.deepEqual(missing, []);
});

test('who was away for too long hears what is gone, once, and who begins anew does not', async () => {
  const late = await shown(maxInboxMessages + 50, 41);
  assert.deepEqual([late.lines.length, late.lines[0]], [maxInboxMessages, '51 51\n']);
  assert.equal(late.missing.length, 1);
  assert.match(late.missing[0]!, /behind 41 are missing: those before 51 /);
  assert.deepEqual((await shown(maxInboxMessages + 50, 0)).missing, []);
});
