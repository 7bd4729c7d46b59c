import {
  adminError,
  type CoreLatency,
  type CoreReport,
  coreReport,
  isCodeName,
  parseDuration,
} from '@skerry/contracts';
import { z } from 'zod';
import type { Cli } from '../cli.ts';
import { type AddCommand, type CommonOptions, command, print } from '../command.ts';
import { failure, interrupted } from '../errors.ts';
import { partArguments } from '../processes.ts';
import { type Column, table } from '../render/table.ts';

interface CoresOptions extends CommonOptions {
  readonly for: string;
}

const answerSchema = z.union([coreReport, adminError]);
const longestMs = 10 * 60_000;

export const coresCommand: AddCommand = (parent, cli) => {
  command(parent, {
    name: 'cores',
    summary: 'measure how long a thread waits for each core of this machine, and find the quietest',
    examples: ['cores', 'cores --for 10s --json'],
  })
    .option('--for <duration>', 'measure each core for so long', '2s')
    .action(async (options: CoresOptions) => {
      const report = await measure(cli, durationOf(options.for));
      print(cli, options, report, () => reportLines(report, cli));
    });
};

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0 && ms <= longestMs) return ms;
  throw failure('BadUsage', `--for ${text}: expected a duration such as 2s, of ten minutes at most`);
}

/** Asks the runtime's probe, in a process of its own. It is done when it says so: how long depends on the cores. */
async function measure({ ports, signal, stderr }: Cli, ms: number): Promise<CoreReport> {
  if (stderr.isTerminal) stderr.line(`Measuring each core for ${ms / 1000} s …`);
  const said: string[] = [];
  const output = { lines: (line: string) => void said.push(line) };
  const args = partArguments('cores', [String(ms)]);
  const probe = await ports.processes.spawn(process.execPath, args, { output });
  const stop = () => void probe.kill();
  signal.addEventListener('abort', stop);
  await probe.exited.finally(() => signal.removeEventListener('abort', stop));
  if (signal.aborted) throw interrupted();
  return readAnswer(said);
}

function readAnswer(said: readonly string[]): CoreReport {
  const { success, data } = answerSchema.safeParse(parseJson(said[0] ?? ''));
  if (!success) throw failure('Internal', `the probe did not answer: ${said.slice(-5).join('; ')}`);
  if ('cores' in data) return data;
  throw failure(isCodeName(data.code) ? data.code : 'Internal', data.error);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reportLines({ cores, quietest }: CoreReport, { stdout }: Cli): string[] {
  const columns: Column<CoreLatency>[] = [
    { title: 'CORE', align: 'right', text: ({ core }) => String(core) },
    { title: 'P50', align: 'right', text: ({ p50Us }) => time(p50Us) },
    { title: 'P99', align: 'right', text: ({ p99Us }) => time(p99Us) },
    { title: 'LONGEST', align: 'right', text: ({ longestUs }) => time(longestUs) },
    { title: 'LOST', align: 'right', text: ({ lost }) => `${(lost * 100).toFixed(1)} %` },
    { title: '', text: ({ core }) => (core === quietest ? '← quietest' : ''), shade: () => 'green' },
  ];
  return [
    ...table(cores, columns, stdout),
    '',
    'P50, P99: how late a sleeping thread runs again. LONGEST: the longest wait of any thread.',
    'LOST: what others and interrupts take from a busy thread.',
    ...(cores.length > 1 ? reserveLines(cores, quietest) : []),
  ];
}

function reserveLines(cores: readonly CoreLatency[], quietest: number): string[] {
  const others = cores.map(({ core }) => core).filter((core) => core !== quietest);
  return [
    `To keep core ${quietest} for one model: \`spec.serving.cores: [${quietest}]\` in its model.yaml,`,
    `and \`servingCores: "${others.join()}"\` in the settings of the runtime.`,
  ];
}

const time = (us: number) => (us < 1000 ? `${us.toFixed(0)} µs` : `${(us / 1000).toFixed(1)} ms`);
