import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InboxPage } from '@skerry/contracts';
import { manualClock } from '@skerry/kit/testing';
import { memoryCommands } from '../testing/memory-commands.ts';
import { messagesHandler } from './inbox-api.ts';

function open() {
  const { commands, inbox } = memoryCommands();
  const clock = manualClock();
  const handle = messagesHandler(inbox, clock);
  const gone = new AbortController();
  const ask = async (query: string) =>
    (await handle({
      query: new URLSearchParams(query),
      params: {},
      headers: {},
      body: undefined,
      signal: gone.signal,
    })) as InboxPage;
  return { commands, clock, ask, gone };
}
const named = (number: number) => ({ id: `id-${number}`, number });

test('messages behind a number come at once, and are still there afterwards', async () => {
  const { commands, ask } = open();
  for (const number of [1, 2, 3]) commands.receive(named(number), `body ${number}`);
  for (const _ of [1, 2])
    assert.deepEqual(
      (await ask('after=1')).messages.map(({ body }) => body),
      ['body 2', 'body 3'],
    );
  assert.deepEqual(await ask('after=3'), { messages: [], oldest: 1 });
});

test('who waits is answered when one comes, when the time is over, and not at all when they are gone', async () => {
  const { commands, clock, ask, gone } = open();
  const first = ask('waitSeconds=20');
  await clock.advance(5_000);
  commands.receive(named(1), 'late');
  await clock.advance(300);
  assert.equal((await first).messages.length, 1);
  const second = ask('after=1&waitSeconds=2');
  await clock.advance(2_500);
  assert.equal((await second).messages.length, 0);
  const third = ask('after=1&waitSeconds=25');
  gone.abort();
  assert.equal((await third).messages.length, 0);
});

test('a question that makes no sense is refused', async () => {
  const { ask } = open();
  for (const query of ['after=x', 'after=-1', 'waitSeconds=60', 'behind=1'])
    await assert.rejects(ask(query), { code: 'InvalidRequest', status: 400 });
});
