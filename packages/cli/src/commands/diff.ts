import { type AddCommand, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { readFleetFile } from '../fleet/open-file.ts';
import { planFleet } from '../fleet/plan.ts';
import { planData, planLines } from '../fleet/show-plan.ts';

export const diffCommand: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'diff <file>',
    summary: 'show what applying a fleet file would change: objects, fields, digests, devices',
    examples: ['diff fleet.yaml', 'diff - --json < fleet.yaml'],
  }).action(
    withHub(cli, async ({ project }, options: HubOptions, file: string) => {
      const plan = await planFleet(project, await readFleetFile(cli, file));
      print(cli, options, planData(plan), () => planLines(plan, cli.stdout));
    }),
  );
};
