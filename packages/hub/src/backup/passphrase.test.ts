import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { nodeDisk } from '@skerry/kit/node';
import { backupPassphrase, newPassphrase } from './passphrase.ts';

const passphrase = 'a lighthouse in the fog';
const disk = nodeDisk();

/** A terminal at which a person answers one question after the other. */
function terminal(answers: readonly string[]) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stderr = new PassThrough();
  const left = [...answers];
  let shown = '';
  stderr.on('data', (text) => {
    shown += text;
    if (shown.endsWith(': ')) stdin.write(left.shift() ?? '\x03');
  });
  return { source: { disk, file: undefined, stdin, stderr }, shown: () => shown };
}

const piped = (text: string) => ({
  disk,
  file: undefined,
  stdin: Readable.from([Buffer.from(text)]),
  stderr: new PassThrough(),
});

test('a terminal is asked and shows no answer; twice where it is new', async () => {
  const known = terminal([`${passphrase}\r`]);
  assert.equal(await backupPassphrase(known.source), passphrase);
  assert.equal(known.shown(), 'Passphrase: \n');
  const made = terminal([`${passphrase}\r`, `${passphrase}\r`]);
  assert.equal(await newPassphrase(made.source), passphrase);
  assert.equal(made.shown(), 'Passphrase: \nOnce more: \n');
  const slip = terminal([`${passphrase}\r`, 'a lighthouse in the frog\r']);
  await assert.rejects(newPassphrase(slip.source), /not the same/);
});

test('who presses Ctrl-C has stopped it', async () => {
  await assert.rejects(backupPassphrase(terminal([]).source), { code: 'Interrupted' });
});

test('without a terminal it is what is piped in', async () => {
  assert.equal(await newPassphrase(piped(`${passphrase}\n`)), passphrase);
  await assert.rejects(newPassphrase(piped('a'.repeat(20_000))), /more than 16384 bytes/);
});

test('where there is none, what is advised is what the command takes', async () => {
  const advice = (part: RegExp) => (error: { next?: string }) => part.test(error.next ?? '');
  await assert.rejects(newPassphrase(piped('')), advice(/--passphrase-file .* --recipient/));
  await assert.rejects(backupPassphrase(piped('')), advice(/--passphrase-file .* --identity-file/));
});
