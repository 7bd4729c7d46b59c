// `npm run example -- NAME ARGS`: one of the examples that are programs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { becomeProgram, exitWith } from './lib/main.mjs';
import { root } from './lib/root.mjs';

const [name = '', ...args] = process.argv.slice(2);
const entry = `examples/${name}/main.ts`;
if (/^[\w-]+$/.test(name) && existsSync(join(root, entry))) await becomeProgram(entry, args);
else
  await exitWith(() => {
    throw new Error(`There is no example “${name}” to run: examples/README.md lists them.`);
  });
