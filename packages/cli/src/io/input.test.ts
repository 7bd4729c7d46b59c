import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { recorder } from '../test-cli.ts';
import { inputFrom } from './input.ts';

test('Ctrl-C ends the wait for what nobody pipes in', async () => {
  const stdin = new PassThrough();
  const stop = new AbortController();
  const reading = inputFrom(stdin as unknown as NodeJS.ReadStream, recorder(), stop.signal).readAll(10);
  stdin.write('half');
  stop.abort();
  await assert.rejects(reading, { name: 'AbortError' });
});
