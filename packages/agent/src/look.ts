import type { Attempts } from './apply/attempts.ts';
import type { Verdicts } from './apply/verdicts.ts';
import type { Artifacts } from './artifacts/artifacts.ts';
import type { Parts } from './desired/parts.ts';
import type { Observed } from './drivers/driver.ts';
import type { Current, Step, Version } from './plan/model.ts';
import { isSame } from './plan/plan.ts';

export interface Sources {
  readonly observed: Observed;
  readonly artifacts: Pick<Artifacts, 'stored' | 'begun'>;
  readonly verdicts: Pick<Verdicts, 'proven' | 'refused'>;
  readonly attempts: Pick<Attempts, 'resting'>;
}

/** What is so, put together for the plan. */
export function currentOf(
  { observed, artifacts, verdicts, attempts }: Sources,
  busy: ReadonlySet<string>,
): Current {
  const { up, status } = observed;
  return {
    runtimeUp: up,
    serving: servingOn(observed),
    pipelines: new Map(up ? status?.pipelines.map(({ name, spec }) => [name, spec]) : []),
    stored: artifacts.stored,
    begun: artifacts.begun,
    proven: verdicts.proven,
    refused: verdicts.refused,
    resting: attempts.resting(),
    busy,
  };
}

/** The version of each model that takes traffic. */
export function servingOn({ up, status }: Observed): Map<string, Version> {
  const serving = (up ? (status?.models ?? []) : []).filter(({ phase }) => phase === 'Serving');
  return new Map(serving.map(({ name, version, digest }) => [name, { version, digest }]));
}

/** Whether the whole of a desired state is what runs. */
export function isApplied(current: Current, parts: Parts, busy: ReadonlyMap<string, Step>): boolean {
  if (parts.unsupported.size > 0 || busy.size > 0 || !current.runtimeUp) return false;
  const { serving, pipelines } = current;
  return (
    [...parts.models].every(([name, { digest }]) => serving.get(name)?.digest === digest) &&
    [...serving.keys()].every((name) => parts.models.has(name)) &&
    [...parts.pipelines].every(([name, spec]) => isSame(pipelines.get(name), spec)) &&
    [...pipelines.keys()].every((name) => parts.pipelines.has(name))
  );
}
