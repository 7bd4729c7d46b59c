import { parseArgs } from 'node:util';
import { type Benchmark, runBenchmark } from './benchmark.ts';
import { footprint } from './footprint.ts';
import { jsonLine, table } from './report.ts';
import { serving } from './serving.ts';

const benchmarks: readonly Benchmark[] = [serving, footprint];

const usage = `Usage: npm run bench -- NAME [--quick] [--json]

${benchmarks.map(({ name }) => `  ${name}`).join('\n')}

  --quick  ends within 45 s; good for a look, not for a claim
  --json   ends with one line of JSON instead of the table`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  const benchmark = benchmarks.find(({ name }) => name === positionals[0]);
  if (!benchmark || positionals.length > 1) throw new Error(usage);
  await using stack = new AsyncDisposableStack();
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const figures = await runBenchmark(benchmark, { quick: values.quick, stack, say });
  const mode = values.quick ? ['Quick: short rounds; run it without --quick before you quote it.'] : [];
  console.log(table(figures, [...benchmark.notes, ...mode]));
  if (values.json) console.log(jsonLine(benchmark.name, figures));
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
