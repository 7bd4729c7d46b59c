// `npm start -- ARGS`: the whole system on one machine, which is `skerry demo ARGS`.
import { becomeProgram } from './lib/main.mjs';

await becomeProgram('packages/cli/src/main.ts', ['demo', ...process.argv.slice(2)]);
