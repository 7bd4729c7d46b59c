import type { DeploymentResource, DeploymentRevision } from '@skerry/contracts';
import { type AddCommand, group, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { failure } from '../errors.ts';
import { yamlText } from '../fleet/yaml-text.ts';
import { clean } from '../render/clean.ts';
import { age, shortDigest } from '../render/format.ts';
import { type Column, table } from '../render/table.ts';

export const deploymentCommands: AddCommand = (parent, cli) => {
  const deployment = group(parent, 'deployment', 'deployments: list, look into, go back');
  addList(deployment, cli);
  addShow(deployment, cli);
  addHistory(deployment, cli);
  addUndo(deployment, cli);
};

const addList: AddCommand = (parent, cli) => {
  hubCommand(parent, { name: 'ls', summary: 'list deployments', examples: ['deployment ls'] }).action(
    withHub(cli, async ({ project }, options: HubOptions) => {
      const deployments = await project.deployments.list();
      const now = cli.ports.clock.now();
      print(cli, options, deployments, () => table(deployments, listColumns(now), cli.stdout));
    }),
  );
};

function listColumns(now: number): Column<DeploymentResource>[] {
  const isDone = ({ status: { devices } }: DeploymentResource) =>
    devices.ready === devices.selected && devices.upToDate === devices.selected;
  return [
    {
      title: '  NAME',
      text: (it) => `${isDone(it) ? '✓' : '!'} ${it.metadata.name}`,
      shade: (it) => (isDone(it) ? 'green' : 'yellow'),
    },
    { title: 'PRIORITY', text: (it) => String(it.spec.priority), align: 'right', drop: 1 },
    { title: 'REVISION', text: (it) => String(it.metadata.generation), align: 'right' },
    { title: 'SELECTED', text: (it) => String(it.status.devices.selected), align: 'right' },
    { title: 'UP TO DATE', text: (it) => String(it.status.devices.upToDate), align: 'right' },
    { title: 'READY', text: (it) => String(it.status.devices.ready), align: 'right' },
    { title: 'CHANGED', text: (it) => `${age(now - Date.parse(it.metadata.updatedAt))} ago`, drop: 2 },
    { title: 'MODELS', text: (it) => modelsText(it.status.models), stretches: true },
  ];
}

const modelsText = (models: DeploymentResource['status']['models']) =>
  Object.entries(models)
    .map(([name, { version }]) => `${name}:${version}`)
    .join(' ') || '-';

const addShow: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'show <name>',
    summary: 'show a deployment as a file would say it, and what became of it',
    examples: ['deployment show meter-reading'],
  }).action(
    withHub(cli, async ({ project }, options: HubOptions, name: string) => {
      const { value } = await project.deployments.get(name);
      const { selected, upToDate, ready } = value.status.devices;
      print(cli, options, value, () => [
        ...yamlText({ apiVersion: value.apiVersion, kind: value.kind, metadata: { name }, spec: value.spec }),
        `# revision ${value.metadata.generation}; ${selected} devices selected, ${upToDate} up to date, ${ready} ready`,
        ...Object.entries(value.status.models).map(
          ([model, { version, digest }]) => `# model ${model}: version ${version}, ${shortDigest(digest)}`,
        ),
      ]);
    }),
  );
};

const addHistory: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'history <name>',
    summary: 'list the revisions of a deployment, newest first: who, when, what',
    examples: ['deployment history meter-reading'],
  }).action(
    withHub(cli, async ({ project }, options: HubOptions, name: string) => {
      const revisions = await project.deployments.history(name);
      print(cli, options, revisions, () => table(revisions, historyColumns, cli.stdout));
    }),
  );
};

const historyColumns: Column<DeploymentRevision>[] = [
  { title: 'REVISION', text: (it) => String(it.generation), align: 'right' },
  { title: 'AT', text: (it) => it.at.replace(/\.\d+Z$/, 'Z') },
  { title: 'ACTION', text: (it) => it.action },
  { title: 'BY', text: (it) => it.by },
  { title: 'MODELS', text: (it) => modelsText(it.models), stretches: true },
];

interface UndoOptions extends HubOptions {
  readonly to?: string;
}

const addUndo: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'undo <name>',
    summary: 'set a deployment back to the revision before, or to another one, by making a new one',
    examples: ['deployment undo meter-reading', 'deployment undo meter-reading --to 3'],
  })
    .option('--to <revision>', 'the revision to go back to')
    .action(
      withHub(cli, async ({ project }, options: UndoOptions, name: string) => {
        if (options.to !== undefined && !/^[1-9]\d*$/.test(options.to))
          throw failure('BadUsage', `--to ${options.to}: expected the number of a revision`);
        const made = await project.deployments.undo(
          name,
          options.to === undefined ? undefined : Number(options.to),
        );
        print(cli, options, made, () => [
          `${clean(name)} is at revision ${made.metadata.generation} now: ${modelsText(made.status.models)}; ` +
            `${made.status.devices.selected} devices selected.`,
        ]);
      }),
    );
};
