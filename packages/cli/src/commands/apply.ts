import { parseDuration } from '@skerry/contracts';
import type { ProjectClient } from '@skerry/sdk';
import type { Cli } from '../cli.ts';
import { type AddCommand, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { failure } from '../errors.ts';
import { applyPlan } from '../fleet/apply.ts';
import { readFleetFile } from '../fleet/open-file.ts';
import { type FleetPlan, planFleet } from '../fleet/plan.ts';
import { titleOf } from '../fleet/read-file.ts';
import { changesSomething, planData, planLines } from '../fleet/show-plan.ts';
import { type Progress, waitForDevices } from '../fleet/wait.ts';
import { confirm } from '../io/confirm.ts';
import { clean, fit } from '../render/clean.ts';

interface ApplyOptions extends HubOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait?: string;
}

export const applyCommand: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'apply <file>',
    summary: 'make the fleet as a file says: shows the difference, then asks on a terminal',
    examples: ['apply fleet.yaml --wait 5m', 'apply fleet.yaml --dry-run', 'apply - --yes < fleet.yaml'],
  })
    .option('--dry-run', 'show the difference and change nothing')
    .option('--yes', 'do not ask; without a terminal nobody is asked')
    .option(
      '--wait <duration>',
      'wait until the selected devices applied it and are ready; exit 6 if they do not',
    )
    .action(
      withHub(cli, async ({ project }, options: ApplyOptions, file: string) => {
        const waitMs = waitOf(options.wait);
        const plan = await planFleet(project, await readFleetFile(cli, file));
        if (!options.json) for (const line of planLines(plan, cli.stdout)) cli.stdout.line(line);
        if (options.dryRun) return print(cli, options, planData(plan), () => []);
        if (cli.stdin.isTerminal && !options.yes && changesSomething(plan))
          await confirm(cli, 'Apply this? [y/N] ');
        await applyPlan(project, plan, ({ action, entry }) => {
          if (action !== 'keep') cli.stderr.line(`  applied ${clean(titleOf(entry.object))}`);
        });
        const devices = waitMs === undefined ? undefined : await wait(cli, project, plan, waitMs);
        print(cli, options, { ...planData(plan), ...(devices && { devices }) }, () => []);
      }),
    );
};

function waitOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? undefined : parseDuration(text);
  if (text !== undefined && ms === undefined)
    throw failure('BadUsage', `--wait ${text}: expected a duration such as 5m or 90s`);
  return ms;
}

async function wait(
  cli: Cli,
  project: ProjectClient,
  plan: FleetPlan,
  deadlineMs: number,
): Promise<Progress> {
  const deployments = plan.objects.flatMap(({ entry }) =>
    entry.object.kind === 'Deployment' ? [entry.object.metadata.name] : [],
  );
  const tell = progressTeller(cli);
  const { clock } = cli.ports;
  const options = { clock, signal: cli.signal, deployments, deadlineMs, onProgress: tell.progress };
  try {
    const progress = await waitForDevices(project, options);
    tell.end(
      progress.selected === 0
        ? '! no device is selected yet'
        : `✓ ${devicesAre(progress.selected)} ready with it`,
    );
    return progress;
  } catch (error) {
    tell.end();
    throw error;
  }
}

const devicesAre = (number: number) => (number === 1 ? 'the device is' : `all ${number} devices are`);

/** One line: drawn over on a terminal, else printed whenever it changes. */
function progressTeller({ stderr }: Cli) {
  let last = '';
  const tell = (text: string) => {
    if (text === last) return;
    last = text;
    if (stderr.isTerminal) stderr.write(`\r\x1b[K${fit(text, stderr.width - 1)}`);
    else stderr.line(text);
  };
  return {
    progress({ selected, done, pending }: Progress) {
      const [first] = pending;
      if (first) tell(clean(`↻ ${done} of ${selected} devices ready · ${first.device}: ${first.why}`));
    },
    end(text?: string) {
      if (stderr.isTerminal && last !== '') stderr.write('\r\x1b[K');
      if (text !== undefined) stderr.line(text);
    },
  };
}
