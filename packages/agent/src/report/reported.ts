import type { Reported, RuntimeStatus } from '@skerry/contracts';
import { findConditions, stamp } from './conditions.ts';
import { reportModels, reportPipelines } from './parts.ts';
import type { View } from './view.ts';

/** What the device says of itself. `before` are the conditions as last reported, `now` is ms since the epoch. */
export function buildReported(view: View, before: Reported['conditions'], now: number): Reported {
  const models = reportModels(view);
  const pipelines = reportPipelines(view);
  const targeted = view.blocked ?? view.desired;
  const { status } = view.observed;
  return {
    ...(targeted && { targeted: { epoch: targeted.epoch, version: targeted.version } }),
    ...(view.applied && { applied: view.applied }),
    conditions: stamp(before, findConditions(view, { models, pipelines }), now),
    models,
    pipelines,
    streams: { ...view.streams },
    ...(status && { outbox: status.outbox, serving: servingOf(status) }),
    certificate: view.certificate,
    inventory: view.inventory,
  };
}

function servingOf({ rest, metrics, ca }: RuntimeStatus): Reported['serving'] {
  return { rest, metrics, ...(ca !== undefined && { ca }) };
}

/** What may change all the time without anything having happened: figures, and how far a pull is. */
export function withoutFigures({ models, pipelines, streams: _, outbox: __, ...rest }: Reported): unknown {
  const plain = (part: object | undefined) => {
    const { p50Us, p99Us, frames, failed, captured, ...kept } = (part ?? {}) as Record<string, unknown>;
    return kept.phase === 'Pulling' ? { ...kept, message: undefined } : kept;
  };
  const plainModels = Object.entries(models).map(([name, { serving, target }]) => [
    name,
    plain(serving),
    plain(target),
  ]);
  const plainPipelines = Object.entries(pipelines).map(([name, pipeline]) => [name, plain(pipeline)]);
  return { ...rest, models: plainModels, pipelines: plainPipelines };
}
