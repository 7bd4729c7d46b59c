// `npm run bench -- NAME [--quick] [--json]`: measures what is shipped, so it builds first.
import { join } from 'node:path';
import { exitWith, sourceFlags } from './lib/main.mjs';
import { root } from './lib/root.mjs';
import { run } from './lib/run.mjs';
import { setUp } from './lib/setup.mjs';

await exitWith(async () => {
  const node = await setUp();
  const { build } = await import('./lib/bundle.mjs');
  await build();
  return run(node, [...sourceFlags, join(root, 'bench/src/main.ts'), ...process.argv.slice(2)]);
});
