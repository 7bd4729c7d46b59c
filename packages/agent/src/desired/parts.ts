import {
  type DesiredParts,
  type DesiredState,
  desiredModel,
  desiredParts,
  type Json,
  name,
  pipelineSpec,
} from '@skerry/contracts';
import type { z } from 'zod';
import type { Target } from '../plan/model.ts';

/** A desired state, part by part: what this device can do, and what it cannot. */
export interface Parts extends Target {
  readonly site: DesiredState['site'];
  /** Where the hub is to be found; undefined where it does not say. */
  readonly hub: DesiredParts['hub'];
  /** By `models/NAME` or `pipelines/NAME`: why it cannot. */
  readonly unsupported: ReadonlyMap<string, string>;
}

/** Reads every part by itself: one of a later version is `Unsupported`, and the rest is applied. Never throws. */
export function readParts(body: Json): Parts {
  const { data } = desiredParts.safeParse(body);
  const unsupported = new Map<string, string>();
  const fitting = <T>(kind: string, given: Record<string, unknown>, schema: z.ZodType<T>) => {
    const fit = new Map<string, T>();
    for (const [part, value] of Object.entries(given)) {
      const parsed = schema.safeParse(value);
      if (parsed.success && name.safeParse(part).success) fit.set(part, parsed.data);
      else unsupported.set(`${kind}/${part}`, whyNot(parsed.error));
    }
    return fit;
  };
  const models = fitting('models', data?.models ?? {}, desiredModel);
  const pipelines = fitting('pipelines', data?.pipelines ?? {}, pipelineSpec);
  return { site: data?.site, hub: data?.hub, models, pipelines, unsupported };
}

function whyNot(error: z.ZodError | undefined): string {
  const issue = error?.issues[0];
  if (!issue) return 'its name is not one that this agent knows how to use';
  const at = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  return `this agent does not understand ${at}${issue.message}`.slice(0, 1024);
}
