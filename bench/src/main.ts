import { parseArgs } from 'node:util';
import { type Benchmark, type BenchmarkOptions, runBenchmark } from './benchmark.ts';
import { type Figure, failedFigure } from './judge.ts';
import { jsonLine, table } from './report.ts';
import { benchmarksOf, names } from './suites.ts';

const usage = `Usage: npm run bench -- NAME [--quick] [--json] [--peers]

${names.map((name) => `  ${name}`).join('\n')}

  --quick  few and short rounds; good for a look, not for a claim
  --json   ends with one line of JSON instead of the table
  --peers  serving also installs FastAPI and MLServer from PyPI, and measures them

Example: npm run bench -- outbox --quick`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const [name = ''] = positionals;
  const benchmarks = benchmarksOf(name, { withPeers: values.peers });
  if (benchmarks.length === 0 || positionals.length > 1) throw new Error(usage);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const figures: Figure[] = [];
  for (const benchmark of benchmarks)
    figures.push(...(await figuresOrFailure(benchmark, { quick: values.quick, say })));
  const mode = values.quick ? ['Quick: short rounds; run it without --quick before you quote it.'] : [];
  console.log(table(figures, [...benchmarks.flatMap(({ notes }) => notes), ...mode]));
  if (values.json) console.log(jsonLine(name, figures));
  if (figures.some(({ verdict }) => verdict === 'failed')) process.exitCode = 1;
}

/** One that breaks off is told of, and does not take the others with it. */
async function figuresOrFailure(
  benchmark: Benchmark,
  options: Omit<BenchmarkOptions, 'stack'>,
): Promise<Figure[]> {
  try {
    await using stack = new AsyncDisposableStack();
    return await runBenchmark(benchmark, { ...options, stack });
  } catch (error) {
    options.say(`${benchmark.name} failed: ${error instanceof Error ? error.stack : error}`);
    return [failedFigure(benchmark.name, error)];
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
