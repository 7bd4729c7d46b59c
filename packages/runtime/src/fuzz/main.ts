// `npm run fuzz -- [--for 60s] [--seed 1]`: changed requests for every parser and for the port of a real runtime.
import { parseArgs } from 'node:util';
import { parseDuration } from '@skerry/contracts';
import { describeError } from '@skerry/kit';
import { seededRandom } from '@skerry/kit/testing';
import { keepFault } from './corpus.ts';
import type { Fault } from './run.ts';
import { startServer } from './server-target.ts';
import { openSession } from './session.ts';

const usage = `Usage: npm run fuzz -- [--for 60s] [--seed N]

  --for TIME  how long to go on (default 60s)
  --seed N    where to begin (default: elsewhere each time; it is printed)

Example: npm run fuzz -- --for 10m --seed 1`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      for: { type: 'string', default: '60s' },
      seed: { type: 'string', default: `${Date.now() % 1e9}` },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const ms = parseDuration(values.for);
  if (ms === undefined) throw new Error(`--for ${values.for}: expected a duration such as 60s or 1h`);
  console.log(`seed ${values.seed}, for ${values.for}`);
  const server = await startServer();
  try {
    const session = await openSession(server, seededRandom(Number(values.seed)));
    const end = performance.now() + ms;
    let inputs = 0;
    let fault = await session.replay();
    while (!fault && performance.now() < end) {
      const batch = await session.batch();
      inputs += batch.inputs;
      fault = batch.fault;
    }
    for (const { target, inputs, seen } of session.targets)
      console.log(
        `${target.name.padEnd(36)}${String(inputs.length).padStart(5)} kinds of input ${String(seen.size).padStart(5)} answers`,
      );
    console.log(`${inputs} inputs, ${fault ? 'one fault' : 'no fault'}`);
    if (fault) tell(fault);
  } finally {
    await server.stop();
  }
}

function tell(fault: Fault): void {
  process.exitCode = 1;
  console.error(`${fault.target}: ${describeError(fault.cause)}\nIt is kept as ${keepFault(fault)}`);
  if (fault.cause instanceof Error) console.error(fault.cause.stack);
}

main().catch((error) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
