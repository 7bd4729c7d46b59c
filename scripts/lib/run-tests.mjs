import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { run } from 'node:test';
import { dot, spec } from 'node:test/reporters';
import { root } from './root.mjs';

/** What a test printed is worth showing only where it failed, and no more of it than a screenful or two. */
const outputLimit = 16_384;

/** A test's PostgreSQL is WebAssembly, and gone in a second: to optimise it takes a third of all the processor's time. */
const nodeOptions = ['--conditions=source', '--disable-warning=ExperimentalWarning', '--liftoff-only'];

/**
 * Runs test files, each in a process of its own.
 *
 * @param {string[]} files
 * @param {{ concurrency: number, fileLimitMs: number, everyTest?: boolean, everyFile?: boolean }} how
 *   fileLimitMs: a file that takes longer ends the run, as does one whose tests are over and that does not exit;
 *   everyTest: print each test as it ends; everyFile: print each file as it ends; failures show in any case
 * @returns {Promise<Counts>}
 *
 * @typedef {{ tests: number, passed: number, failed: number, skipped: number }} Counts
 */
export async function runTests(files, how) {
  const end = new AbortController();
  const stream = run({
    files: files.map((file) => join(root, file)),
    cwd: root,
    concurrency: how.concurrency,
    signal: end.signal,
    execArgv: nodeOptions,
  });
  if (how.everyTest) stream.compose(spec).pipe(process.stdout);
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => end.abort());
  endOverdue(stream, how.fileLimitMs, end);
  const seen = watch(stream, how);
  for await (const _ of stream);
  if (!how.everyTest) await printFailures(seen);
  return countsOf(seen);
}

function endOverdue(stream, limitMs, end) {
  const timers = new Map();
  const isFile = ({ name, file }) => name === file;
  const giveUp = (file) => {
    console.log(
      `  ${relative(root, file)} has not ended within ${limitMs / 1000} s: it hangs, or leaves something running.`,
    );
    end.abort();
  };
  stream.on('test:dequeue', (data) => {
    if (isFile(data)) timers.set(data.file, setTimeout(giveUp, limitMs, data.file));
  });
  stream.on('test:complete', (data) => isFile(data) && clearTimeout(timers.get(data.file)));
}

function watch(stream, how) {
  const seen = { failures: [], skipped: [], output: new Map(), counts: undefined };
  stream.on('test:fail', (data) => isCause(data) && seen.failures.push({ type: 'test:fail', data }));
  stream.on('test:pass', (data) => data.skip !== undefined && seen.skipped.push(data));
  stream.on('test:stdout', (data) => keepOutput(seen.output, data));
  stream.on('test:stderr', (data) => keepOutput(seen.output, data));
  stream.on('test:summary', (data) => {
    if (!data.file) seen.counts = data.counts;
    else if (how.everyFile) printFile(data);
  });
  return seen;
}

/** A suite that fails since a test in it failed adds nothing. */
function isCause({ details, todo }) {
  return details.error?.failureType !== 'subtestsFailed' && todo === undefined;
}

function keepOutput(output, { file, message }) {
  output.set(file, ((output.get(file) ?? '') + message).slice(-outputLimit));
}

function printFile({ file, success, duration_ms }) {
  const seconds = (duration_ms / 1000).toFixed(1);
  console.log(`  ${success ? '✓' : '✗'} ${relative(root, file)} ${seconds} s`);
}

async function printFailures({ failures, output, skipped }) {
  for (const { name, file, skip } of skipped) {
    console.log(`  skipped: ${name} (${relative(root, file)})${typeof skip === 'string' ? `: ${skip}` : ''}`);
  }
  if (failures.length === 0) return;
  for await (const text of dot(Readable.from(failures))) process.stdout.write(text);
  for (const file of new Set(failures.map(({ data }) => data.file))) {
    if (output.has(file))
      console.log(`\n--- printed by ${relative(root, file)} ---\n${output.get(file).trimEnd()}`);
  }
}

function countsOf({ counts, failures }) {
  const { tests = 0, passed = 0, failed = 0, cancelled = 0, skipped = 0, todo = 0 } = counts ?? {};
  return { tests, passed, failed: Math.max(failed + cancelled + todo, failures.length), skipped };
}
