// The stages of `npm test`, on Node 24 with everything installed. One argument: only the test files
// whose path contains it, and nothing but tests.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { build } from './bundle.mjs';
import { installedPackages, licenceProblems } from './licences.mjs';
import { exitWith } from './main.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';
import { runTests } from './run-tests.mjs';
import { testFiles } from './test-files.mjs';

const pattern = process.argv[2] ?? '';
const total = { tests: 0, passed: 0, failed: 0, skipped: 0 };

const checks = {
  'format and lint': () => tool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings']),
  types: () => tool('typescript/bin/tsc', ['-b']),
  licences: checkLicences,
};

const MOST_STORIES = 4;
const tests = {
  unit: () => testsOf('unit', { concurrency: availableParallelism() + 1, fileLimitMs: 240_000 }),
  // Stories mostly wait, so one more than there are cores share them; each is several processes.
  e2e: () =>
    testsOf('e2e', {
      concurrency: Math.min(MOST_STORIES, availableParallelism() + 1),
      fileLimitMs: 300_000,
      everyFile: true,
    }),
};

await exitWith(async () => {
  const stages = pattern ? tests : { ...checks, build: buildQuietly, ...tests };
  for (const [name, stage] of Object.entries(stages)) {
    if (!(await timed(name, stage))) return printTotals(1);
  }
  if (total.tests === 0) throw new Error(`no test file's path contains "${pattern}": nothing was run.`);
  return printTotals(0);
});

async function timed(name, stage) {
  const start = performance.now();
  const ok = await stage();
  console.log(`${ok ? '✓' : '✗'} ${name} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return ok;
}

async function tool(path, args) {
  return (await run(process.execPath, [join(root, 'node_modules', path), ...args])) === 0;
}

function checkLicences() {
  const agreement = JSON.parse(readFileSync(join(root, 'licences.json'), 'utf8'));
  const problems = licenceProblems(installedPackages(root), agreement);
  for (const problem of problems) console.error(`  ${problem}`);
  return problems.length === 0;
}

/** Stories then run what is shipped; with a pattern the sources, but for those that run the caller's last build. */
async function buildQuietly() {
  await build();
  process.env.SKERRY_STORIES = 'built';
  return true;
}

async function testsOf(kind, how) {
  const files = testFiles(kind, pattern, root);
  if (files.length === 0) return Boolean(pattern);
  const counts = await runTests(files, { ...how, everyTest: Boolean(pattern) });
  for (const key of Object.keys(total)) total[key] += counts[key];
  return counts.failed === 0 && counts.tests > 0;
}

function printTotals(code) {
  for (const [key, count] of Object.entries(total)) console.log(`ℹ ${key} ${count}`);
  return code;
}
