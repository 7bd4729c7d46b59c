import { canonicalJson, type PipelineSpec } from '@skerry/contracts';
import { attemptOf, type Current, collecting, partOf, type Step, type Target, versionKey } from './model.ts';

/**
 * The steps that can be taken now on the way from `current` to `target`; none when there is nothing left to do, or
 * nothing that may be done now. There is no stored plan: after every step it is asked again, so that whatever
 * happened meanwhile is seen.
 *
 * INVARIANTS
 * 1. Steps of one answer are independent: they may run at once, in any order.
 * 2. A part that is busy gets no step, and a step that failed lately is not taken.
 * 3. A version that was refused is never loaded.
 * 4. A pipeline is put once every model that it names serves; a model is unloaded once no pipeline names it.
 * 5. Nothing is collected while anything else is under way, or can be done: what rests may have failed for want of room.
 * 6. Nothing is pulled while something is collected.
 */
export function nextSteps(current: Current, target: Target): Step[] {
  const due = [
    ...[...target.models.keys()].flatMap((model) => stepsForModel(model, current, target)),
    ...(current.runtimeUp ? [...stepsForPipelines(current, target), ...unloads(current, target)] : []),
  ];
  const steps = due.filter(mayTake(current));
  if (steps.length === 0 && current.busy.size === 0)
    return collection(current, target).filter(mayTake(current));
  return steps.filter((step, at) => steps.findIndex((other) => partOf(other) === partOf(step)) === at);
}

const mayTake =
  ({ busy, resting }: Current) =>
  (step: Step) =>
    !busy.has(partOf(step)) && !resting.has(attemptOf(step)) && !(step.do === 'pull' && busy.has(collecting));

function stepsForModel(model: string, current: Current, target: Target): Step[] {
  const wanted = target.models.get(model)!;
  if (current.serving.get(model)?.digest === wanted.digest) return [];
  const isRefused = current.refused.has(versionKey(model, wanted.digest));
  if (isRefused) return goBack(model, current);
  if (!current.stored.has(wanted.digest)) return [{ do: 'pull', model, wanted }, ...goBack(model, current)];
  const { version, digest } = wanted;
  const load: Step = { do: 'load', model, version: { version, digest } };
  if (!current.runtimeUp) return [];
  return current.resting.has(attemptOf(load)) ? [load, ...goBack(model, current)] : [load];
}

/** While the wanted version cannot serve, the one that served before does. */
function goBack(model: string, { serving, proven, refused, stored, runtimeUp }: Current): Step[] {
  const version = proven.get(model);
  if (!version || serving.has(model) || !runtimeUp || !stored.has(version.digest)) return [];
  return refused.has(versionKey(model, version.digest)) ? [] : [{ do: 'load', model, version }];
}

function stepsForPipelines(current: Current, target: Target): Step[] {
  const puts = [...target.pipelines]
    .filter(([name, spec]) => !isSame(current.pipelines.get(name), spec))
    .filter(([, spec]) => modelsOf(spec).every((model) => current.serving.has(model)))
    .map(([pipeline, spec]): Step => ({ do: 'putPipeline', pipeline, spec }));
  const removals = [...current.pipelines.keys()]
    .filter((name) => !target.pipelines.has(name))
    .map((pipeline): Step => ({ do: 'removePipeline', pipeline }));
  return [...puts, ...removals];
}

function unloads(current: Current, target: Target): Step[] {
  const specs = [...current.pipelines.values(), ...target.pipelines.values()];
  const named = new Set(specs.flatMap(modelsOf));
  return [...current.serving.keys()]
    .filter((model) => !target.models.has(model) && !named.has(model))
    .map((model): Step => ({ do: 'unload', model }));
}

/** What no wanted or serving version needs, nor the one to go back to. A runtime that is down does not say what it serves. */
function collection(current: Current, target: Target): Step[] {
  if (!current.runtimeUp) return [];
  const wanted = [...target.models].flatMap(([model, { digest }]) => [
    digest,
    current.proven.get(model)?.digest,
  ]);
  const serving = [...current.serving.values()].map(({ digest }) => digest);
  const keep = new Set([...wanted, ...serving].filter((digest) => digest !== undefined));
  const here = [...current.stored, ...current.begun];
  return here.every((digest) => keep.has(digest)) ? [] : [{ do: 'collect', keep: [...keep] }];
}

/** Names of the models that a pipeline asks. */
export function modelsOf(spec: PipelineSpec): string[] {
  return spec.stages.flatMap((stage) => ('infer' in stage ? [stage.infer.model] : []));
}

export function isSame(running: PipelineSpec | undefined, wanted: PipelineSpec): boolean {
  return running !== undefined && canonicalJson(running) === canonicalJson(wanted);
}
