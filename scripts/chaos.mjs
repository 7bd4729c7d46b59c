// `npm run chaos -- [--for 10m] [--kills 200] [--seed N] [--json]`: real processes, killed and cut off at random.
import { becomeProgram } from './lib/main.mjs';

await becomeProgram('packages/testkit/src/chaos/main.ts', process.argv.slice(2));
