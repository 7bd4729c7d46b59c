import { readFile } from 'node:fs/promises';
import type { ProjectClient } from '@skerry/sdk';
import type { Cli } from '../cli.ts';
import { applyPlan } from '../fleet/apply.ts';
import { planFleet } from '../fleet/plan.ts';
import { readFleet } from '../fleet/read-file.ts';
import { collectModel } from '../models/collect.ts';
import { cast } from './cast.ts';
import type { Child, Children } from './children.ts';
import { type DemoDevice, startDevice } from './device.ts';
import type { ExampleFiles } from './example-files.ts';
import { type DemoHub, startHub } from './hub.ts';
import type { Watch } from './watch.ts';

/** All that runs. Filled as it is started, so that whatever there is can be ended. */
export interface Running {
  hub?: DemoHub;
  watch?: Watch;
  /** What happens at the moment, or happened last. */
  news: string;
  readonly devices: DemoDevice[];
  readonly cameras: Map<DemoDevice, Child>;
}

export interface SetUpOptions {
  readonly cli: Cli;
  readonly children: Children;
  readonly files: ExampleFiles;
  readonly running: Running;
}

/** Hub, model, fleet file, devices: what a person would do by hand, devices beside each other. */
export async function setUp({ cli, children, files, running }: SetUpOptions): Promise<void> {
  const tell = (text: string) => {
    running.news = text;
  };
  tell('starting a hub');
  const hub = await startHub(cli, children, tell);
  running.hub = hub;
  tell('pushing the model and applying fleet.yaml');
  await pushAndApply(cli, hub.project, files);
  tell('joining three devices');
  const start = async (role: (typeof cast)[number]) => {
    running.devices.push(await startDevice(children, hub.project, role, tell));
  };
  await Promise.all(cast.map(start));
  tell('waiting for the devices to be ready');
}

async function pushAndApply({ ports }: Cli, project: ProjectClient, files: ExampleFiles): Promise<void> {
  const { name, license, files: parts } = await collectModel(ports.disk, files.model);
  await project.models.push({ name, license, files: parts });
  const text = await readFile(files.fleet, 'utf8');
  const plan = await planFleet(project, readFleet({ name: files.fleet, text }));
  await applyPlan(project, plan, () => {});
}

const cameraGraceMs = 7_000;
const agentGraceMs = 10_000;
const hubGraceMs = 10_000;

/** Cameras first, then what they feed, then the hub. */
export async function stopAll(children: Children, { cameras, devices, hub }: Running): Promise<void> {
  await children.stop([...cameras.values()], cameraGraceMs);
  await children.stop(
    devices.map(({ service }) => service.release()),
    agentGraceMs,
  );
  if (hub) await children.stop([hub.service.release()], hubGraceMs);
  await children.close();
}

export async function stopCameras(children: Children, { cameras }: Running): Promise<void> {
  await children.stop([...cameras.values()], cameraGraceMs);
}
