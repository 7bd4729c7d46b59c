import { z } from 'zod';
import { modelReference } from '../models/reference.ts';
import { name } from '../names.ts';
import { objectOf } from './envelope.ts';
import { pipelinePart } from './pipeline.ts';
import { selector } from './selector.ts';

export const deploymentSpec = z.strictObject({
  /** Labels of the device or of its site; the device's own win. */
  selector,
  /** The higher wins, field by field; at the same priority the deployment whose name sorts first. */
  priority: z.number().int().min(-1_000_000).max(1_000_000).default(0),
  models: z.record(name, z.strictObject({ ref: modelReference })).default({}),
  pipelines: z.record(name, pipelinePart).default({}),
});
export type DeploymentSpec = z.infer<typeof deploymentSpec>;

export const deploymentObject = objectOf('Deployment', deploymentSpec);
export type DeploymentObject = z.infer<typeof deploymentObject>;
