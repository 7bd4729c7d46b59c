import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes } from '@skerry/contracts';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { failure } from './errors.ts';
import { buildProgram } from './program.ts';
import { reportError } from './report-error.ts';
import { recorder, runCommand } from './test-cli.ts';

const run = (...args: string[]) => runCommand(args);
const cli = { stdout: recorder(), stderr: recorder(), version: '1' } as unknown as Cli;

function leaves(command: Command, path: readonly string[] = []): string[][] {
  const below = command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
  const runs =
    (command as unknown as { _actionHandler: unknown })._actionHandler !== null && !becomesAnother(command);
  return [...(runs ? [[...path]] : []), ...below];
}

/** Its help is that of the process that it becomes. */
const becomesAnother = (command: Command) =>
  (command as unknown as { _helpOption: unknown })._helpOption === null;

test('every command has --json and a help that ends in an example', async () => {
  const all = leaves(buildProgram(cli));
  assert.ok(all.length >= 20, `${all.length} commands`);
  for (const path of all) {
    const { exit, stdout } = await run(...path, '--help');
    assert.equal(exit, 0, path.join(' '));
    assert.match(stdout, /--json/, path.join(' '));
    assert.match(stdout, /Examples?:\n( {2}\$ skerry .+\n?)+$/, path.join(' '));
  }
});

test('an unknown command or flag is answered with the nearest one and exit status 2', async () => {
  for (const [args, nearest] of [
    [['devcies'], 'devices'],
    [['devices', '--al'], '--all'],
    [['device', 'shwo', 'x'], 'show'],
    [['model', 'push', 'x', '--nmae', 'y'], '--name'],
  ] as const) {
    const { exit, stderr, stdout } = await run(...args);
    assert.equal(exit, 2);
    assert.match(stderr, new RegExp(`Did you mean ${nearest}\\?`));
    assert.match(stderr, /BadUsage/);
    assert.equal(stdout, '');
  }
});

test('a missing argument, a missing command and a wrong value are bad usage', async () => {
  for (const args of [['device', 'show'], ['device'], [], ['demo', '--for', 'soon'], ['login', 'ftp://hub']])
    assert.equal((await run(...args)).exit, 2, args.join(' '));
});

test('whoever has not logged in is told how, with exit status 4', async () => {
  const { exit, stderr } = await run('devices', '--json');
  assert.equal(exit, 4);
  const { error } = JSON.parse(stderr);
  assert.deepEqual(Object.keys(error), ['code', 'title', 'detail', 'next', 'exit']);
  assert.equal(error.code, 'NotLoggedIn');
  assert.match(error.next, /skerry login/);
});

test('a token travels in clear to this machine alone', async () => {
  const { exit, stderr } = await run('login', 'http://hub.example.com:8080', '--fingerprint', 'sha256:0');
  assert.equal(exit, 2);
  assert.match(stderr, /not encrypted/);
});

test('a join token on the command line is refused, and not repeated', async () => {
  const { exit, stderr } = await run('agent', 'join', 'skerry-join.c2VjcmV0');
  assert.equal(exit, 2);
  assert.match(stderr, /every process can read it/);
  assert.doesNotMatch(stderr, /c2VjcmV0/);
});

test('explain knows every code, whatever its case, and the nearest to a wrong one', async () => {
  for (const [code, { meaning, next }] of Object.entries(codes)) {
    const { stdout } = await run('explain', code.toLowerCase());
    assert.ok(stdout.startsWith(`${code}: `) && stdout.includes(meaning) && stdout.includes(next), code);
  }
  const { exit, stderr } = await run('explain', 'CrashLop');
  assert.equal(exit, 3);
  assert.match(stderr, /did you mean "CrashLoop"\?/);
});

test('an error says what failed, why, what to do next, and its code; its text cannot steer the terminal', () => {
  const out = recorder();
  const exit = reportError(failure('DeadlineExceeded', 'shop-1 said \x1b[2J'), out, false);
  assert.equal(exit, 6);
  assert.deepEqual(out.text.split('\n'), [
    '✗ It took longer than allowed: shop-1 said \\u{1b}[2J',
    `  Next: ${codes.DeadlineExceeded.next}`,
    '  Code: DeadlineExceeded (skerry explain DeadlineExceeded)',
    '',
  ]);
});

test('what nobody foresaw is told as such, with exit status 1', () => {
  const out = recorder();
  assert.equal(reportError(new TypeError('x is undefined'), out, true), 1);
  assert.equal(JSON.parse(out.text).error.code, 'Internal');
});
