// `npm run fuzz -- [--for 60s] [--seed 1]`: changed requests for every parser that sees a client's bytes.
import { becomeProgram } from './lib/main.mjs';

await becomeProgram('packages/runtime/src/fuzz/main.ts', process.argv.slice(2));
