// `npm run skerry -- ARGS`: the `skerry` command from its sources.
import { becomeProgram } from './lib/main.mjs';

await becomeProgram('packages/cli/src/main.ts', process.argv.slice(2));
