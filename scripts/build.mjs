// `npm run build`: what is shipped and measured, in dist/.
import { exitWith } from './lib/main.mjs';
import { setUp } from './lib/setup.mjs';

await exitWith(async () => {
  await setUp();
  const { build } = await import('./lib/bundle.mjs');
  await build();
  return 0;
});
