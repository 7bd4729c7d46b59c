import { globSync } from 'node:fs';

/** Where each kind of test lives. */
const places = {
  unit: [
    'architecture/**/*.test.ts',
    'packages/*/src/**/*.test.ts',
    'bench/**/*.test.ts',
    'examples/**/*.test.ts',
    'scripts/**/*.test.mjs',
  ],
  e2e: ['e2e/**/*.test.ts'],
};

/** What takes longest: whichever begins last is waited for alone. */
const isLong = (path) => path.startsWith('packages/testkit/src/simulator/');

/**
 * The test files of a kind whose path contains `pattern`, sorted, the longest first.
 *
 * @param {'unit' | 'e2e'} kind
 * @param {string} pattern  '' for all
 * @param {string} folder
 * @returns {string[]} relative to `folder`
 */
export function testFiles(kind, pattern, folder) {
  const skip = (name) => name === 'node_modules' || name === 'build';
  return globSync(places[kind], { cwd: folder, exclude: skip })
    .filter((path) => path.includes(pattern))
    .sort((a, b) => Number(isLong(b)) - Number(isLong(a)) || (a < b ? -1 : 1));
}
