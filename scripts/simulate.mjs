// `npm run simulate -- [--seed N] [--days 90] [--devices 200] [--for 10m] [--density D] [--json]`: whole fleets in simulated time.
import { becomeProgram } from './lib/main.mjs';

await becomeProgram('packages/testkit/src/simulator/main.ts', process.argv.slice(2));
