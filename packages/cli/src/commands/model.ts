import type { ModelResource, ModelVersion } from '@skerry/contracts';
import { type AddCommand, group, type HubOptions, hubCommand, print, withHub } from '../command.ts';
import { failure } from '../errors.ts';
import { pushModel } from '../models/push.ts';
import { clean } from '../render/clean.ts';
import { age, bytes, shortDigest } from '../render/format.ts';
import { type Column, table } from '../render/table.ts';

export const modelCommands: AddCommand = (parent, cli) => {
  const model = group(parent, 'model', 'models: push, list, look into, name versions');
  addPush(model, cli);
  addList(model, cli);
  addShow(model, cli);
  addAlias(model, cli);
};

const addPush: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'push <path>',
    summary: 'push a model: an ONNX file, or a folder with one and its model.yaml; gives the next version',
    examples: ['model push ./digits.onnx', 'model push ./model --name digits'],
  })
    .option('--name <name>', 'the model’s name; by default model.yaml’s, or the file’s')
    .action(
      withHub(cli, async ({ project }, options: HubOptions & { name?: string }, path: string) => {
        const made = await pushModel(cli, project, { path, name: options.name });
        print(cli, options, made, () => [
          `${made.name}:${made.version} ${made.digest} (${bytes(made.size)})`,
        ]);
      }),
    );
};

const addList: AddCommand = (parent, cli) => {
  hubCommand(parent, { name: 'ls', summary: 'list models', examples: ['model ls'] }).action(
    withHub(cli, async ({ project }, options: HubOptions) => {
      const models = await project.models.list();
      const now = cli.ports.clock.now();
      print(cli, options, models, () => table(models, listColumns(now), cli.stdout));
    }),
  );
};

function listColumns(now: number): Column<ModelResource>[] {
  const newest = ({ versions }: ModelResource) => versions.toSorted((a, b) => b.version - a.version)[0];
  const ofNewest = (text: (it: ModelVersion) => string) => (model: ModelResource) => {
    const version = newest(model);
    return version ? text(version) : '-';
  };
  return [
    { title: 'NAME', text: (it) => it.name },
    { title: 'NEWEST', text: ofNewest((it) => String(it.version)), align: 'right' },
    { title: 'SIZE', text: ofNewest((it) => bytes(it.size)), align: 'right', drop: 2 },
    { title: 'PUSHED', text: ofNewest((it) => `${age(now - Date.parse(it.createdAt))} ago`), drop: 3 },
    { title: 'BY', text: ofNewest((it) => it.createdBy), drop: 1 },
    { title: 'ALIASES', text: aliasesText, stretches: true },
  ];
}

const aliasesText = ({ aliases }: ModelResource) =>
  Object.entries(aliases)
    .map(([alias, version]) => `${alias}=${version}`)
    .join(' ') || '-';

const addShow: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'show <name>',
    summary: 'show a model: its versions and aliases',
    examples: ['model show digits'],
  }).action(
    withHub(cli, async ({ project }, options: HubOptions, name: string) => {
      const model = await project.models.get(name);
      const versions = model.versions.toSorted((a, b) => b.version - a.version);
      const now = cli.ports.clock.now();
      print(cli, options, model, () => [
        clean(`${model.name} · aliases ${aliasesText(model)}`),
        ...table(versions, showColumns(now), cli.stdout),
      ]);
    }),
  );
};

function showColumns(now: number): Column<ModelVersion>[] {
  return [
    { title: 'VERSION', text: (it) => String(it.version), align: 'right' },
    { title: 'DIGEST', text: (it) => shortDigest(it.digest) },
    { title: 'SIZE', text: (it) => bytes(it.size), align: 'right' },
    { title: 'PUSHED', text: (it) => `${age(now - Date.parse(it.createdAt))} ago` },
    { title: 'BY', text: (it) => it.createdBy },
    { title: 'LICENSE', text: (it) => it.license ?? '-', stretches: true },
  ];
}

const addAlias: AddCommand = (parent, cli) => {
  hubCommand(parent, {
    name: 'alias <name> <alias> <version>',
    summary: 'point an alias at a version; devices change with the next apply, not before',
    examples: ['model alias digits champion 2'],
  }).action(
    withHub(cli, async ({ project }, options: HubOptions, name: string, alias: string, text: string) => {
      const version = Number(text);
      if (!Number.isInteger(version) || version < 1)
        throw failure('BadUsage', `“${text}” is no version; versions are 1, 2, 3 …`);
      await project.models.alias(name, alias, version);
      print(cli, options, { name, alias, version }, () => [`${name}:${alias} is ${name}:${version} now.`]);
    }),
  );
};
