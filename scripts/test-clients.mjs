// `npm run test:clients [-- PATTERN]`: unmodified clients of other makers, from PyPI, against real runtimes.
// PATTERN picks tests whose name contains it.
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cachingEnvironment, exitWith } from './lib/main.mjs';
import { root } from './lib/root.mjs';
import { run } from './lib/run.mjs';
import { setUp } from './lib/setup.mjs';

const folder = join(root, 'clients');
const environment = join(folder, '.venv');
const wanted = join(folder, 'requirements.txt');
const installed = join(environment, 'requirements.txt');
const python = join(environment, 'bin/python');

const noPython =
  'These tests need Python 3.11 or later with its venv module (Debian: apt-get install python3-venv).';
const noPackages =
  'They need the package index that `pip config list` names. When it is there, run the same again.';

await exitWith(async () => {
  const node = await setUp();
  if (!upToDate()) await install();
  const env = { ...cachingEnvironment, SKERRY_NODE: node, PYTHONDONTWRITEBYTECODE: '1' };
  return run(python, [join(folder, 'main.py'), ...process.argv.slice(2)], { env });
});

function upToDate() {
  return existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(wanted, 'utf8');
}

/** The copy of what was asked for comes last, so that an attempt that was cut off is made again from the start. */
async function install() {
  console.error('skerry: installing what clients/requirements.txt names (pip) …');
  rmSync(environment, { recursive: true, force: true });
  await must('python3', ['-m', 'venv', environment], noPython);
  await must(
    python,
    ['-m', 'pip', 'install', '--quiet', '--no-input', '--only-binary=:all:', '-r', wanted],
    noPackages,
  );
  copyFileSync(wanted, installed);
}

async function must(program, args, advice) {
  const code = await run(program, args, { stdio: ['ignore', 2, 2] }).catch((error) => error.message);
  if (code !== 0) throw new Error(`\`${program} ${args.join(' ')}\` failed (${code}).\n${advice}`);
}
