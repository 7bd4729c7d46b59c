import { isSkerryError } from '@skerry/kit';
import { nodeClock, nodeProcesses } from '@skerry/kit/node';
import { probeCores } from './probe.ts';

// A process of its own, since measuring blocks its thread. Says a `coreReport` or an `adminError` in one line.
const answer = await probeCores(
  { clock: nodeClock(), processes: nodeProcesses() },
  Number(process.argv[2]),
).catch((error) => {
  if (!isSkerryError(error)) throw error;
  return { error: error.detail, code: error.code };
});
process.stdout.write(`${JSON.stringify(answer)}\n`);
