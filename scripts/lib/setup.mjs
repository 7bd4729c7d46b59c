import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from './installed.mjs';
import { withLock } from './lock.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';

/**
 * Makes sure that what `package-lock.json` names is installed, and says which Node to run it with.
 * Works on any Node ≥ 20 with nothing installed. Writes to stderr only, and nothing if there is
 * nothing to do.
 *
 * @returns {Promise<string>} the path of a Node ≥ 24
 * @throws {Error} whose message says what to do
 */
export async function setUp() {
  if (!upToDate()) await withLock(`set-up of ${root}`, installOnce, sayWaiting);
  return node24();
}

async function installOnce() {
  if (upToDate()) return;
  console.error('skerry: installing what package-lock.json names (npm ci) …');
  const code = await npm([
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
  ]);
  if (code > 128) process.exit(code);
  if (code !== 0) throw new Error(installFailed(code));
}

/** npm's own chatter goes to stderr: stdout belongs to the program that is started. */
function npm(args) {
  const cli = process.env.npm_execpath;
  const [program, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  return run(program, [...first, ...args, '--loglevel=error'], { stdio: ['ignore', 2, 2] });
}

function installFailed(code) {
  return [
    `Could not install the dependencies: \`npm ci\` ended with code ${code}; its own words are above.`,
    'It needs npm 10 or later and the package registry that `npm config get registry` names.',
    'When both are there, run the same command again; it goes on from here.',
  ].join('\n');
}

function sayWaiting() {
  console.error('skerry: another process is installing the dependencies; waiting for it …');
}

function upToDate() {
  const present = readJson('node_modules/.package-lock.json');
  const wanted = readJson('package-lock.json');
  if (!wanted)
    throw new Error(
      `There is no package-lock.json in ${root}: restore it with \`git checkout package-lock.json\`.`,
    );
  return isInstalled(wanted, present);
}

function readJson(path) {
  const file = join(root, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** npm's per-platform package of Node where there is one, since a machine's own Node may be older. */
function node24() {
  const installed = join(root, 'node_modules/.bin/node');
  if (existsSync(installed)) return installed;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  throw new Error(
    `Skerry needs Node 24 or later; this is ${process.version}, and npm has no Node package for ` +
      `${process.platform}-${process.arch} among this project's dependencies. Install Node 24, then run the same command again.`,
  );
}
