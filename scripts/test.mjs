// `npm test`: everything that must hold. `npm test -- PATTERN`: only test files whose path contains it.
import { join } from 'node:path';
import { cachingEnvironment, exitWith } from './lib/main.mjs';
import { root } from './lib/root.mjs';
import { run } from './lib/run.mjs';
import { setUp } from './lib/setup.mjs';

const suite = [join(root, 'scripts/lib/suite.mjs'), ...process.argv.slice(2)];
await exitWith(async () => run(await setUp(), suite, { env: cachingEnvironment }));
