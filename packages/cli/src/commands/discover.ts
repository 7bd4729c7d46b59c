import { parseDuration } from '@skerry/contracts';
import { type AddCommand, type CommonOptions, command, print } from '../command.ts';
import { failure } from '../errors.ts';
import type { Discovered } from '../network/discover.ts';
import { clean } from '../render/clean.ts';
import { type Column, table } from '../render/table.ts';

export const discoverCommand: AddCommand = (parent, cli) => {
  command(parent, {
    name: 'discover',
    summary: 'find the runtimes that announce their models on this network (mDNS)',
    examples: ['discover', 'discover --for 10s --json'],
  })
    .option('--for <duration>', 'how long to listen', '3s')
    .action(async (options: CommonOptions & { for: string }) => {
      const forMs = parseDuration(options.for);
      if (forMs === undefined)
        throw failure('BadUsage', `--for ${options.for}: expected a duration such as 3s`);
      const { discover } = await import('../network/discover.ts');
      const found = await discover(cli.ports.clock, forMs, cli.signal);
      print(cli, options, found, () => table(found, columns, cli.stdout));
      if (options.json) return;
      cli.stderr.line(
        found.length === 0
          ? 'Nobody announces models here; `skerry serve` does with --announce NAME.'
          : 'Anybody can announce anything: compare the fingerprint with what the runtime printed at its start.',
      );
    });
};

const columns: Column<Discovered>[] = [
  { title: 'NAME', text: (it) => clean(it.name) },
  { title: 'ADDRESS', text: (it) => clean(it.url) },
  { title: 'MODELS', text: (it) => clean(it.models.join(',')) || '-' },
  { title: 'ASKS FOR', text: (it) => it.auth, drop: 1 },
  { title: 'CA', text: (it) => it.ca ?? '-', drop: 2 },
];
