import {
  type DesiredModel,
  type DesiredState,
  type Json,
  type Labels,
  type Provenance,
  pipelineSpec,
  type Selector,
  selects,
} from '@skerry/contracts';
import { pointerOf } from '../pointer.ts';
import { byPrecedence, type Layered, layeredValue, layerOnto, leavesOf, nodeAt } from './layered-tree.ts';

/** A deployment as it is layered: references resolved, the rest as it was written, without defaults. */
export interface Layer {
  readonly name: string;
  readonly priority: number;
  readonly selector: Selector;
  readonly models: Readonly<Record<string, DesiredModel>>;
  readonly pipelines: Readonly<Record<string, Json>>;
}

/** What of a device decides about its desired state. */
export interface Target {
  /** Of the device and of its site; the device's own win. */
  readonly labels: Labels;
  readonly site?: DesiredState['site'];
  /** Where the hub is to be found. */
  readonly hub?: DesiredState['hub'];
}

/** A part that cannot be made whole from what the deployments say; it is left out of the body. */
export interface Fault {
  /** JSON Pointer into the body. */
  readonly pointer: string;
  readonly detail: string;
}

export interface Desire {
  readonly body: DesiredState;
  /** Who set each leaf below `/models` and `/pipelines`; `/site` is the device's site, `/hub` the hub's own. */
  readonly provenance: Provenance[];
  /** Names of the deployments that select the target, the strongest first. */
  readonly deployments: string[];
  readonly faults: Fault[];
}

/**
 * What a target should do: the layers that select it, merged by name, field by field (RFC 7396: lists are
 * replaced whole). The higher priority wins; at the same priority the deployment whose name sorts first.
 * A source or a sink of another kind replaces the whole source or sink. Pure, and blind to the order of `layers`.
 */
export function layer(target: Target, layers: readonly Layer[]): Desire {
  const selected = layers.filter(({ selector }) => selects(selector, target.labels)).sort(byPrecedence);
  const tree = selected.reduce<Layered>(
    (below, { name, priority, models, pipelines }) =>
      layerOnto(below, { models, pipelines } as unknown as Json, { name, priority }, isOneOfAKind),
    { entries: new Map(), by: undefined, overrides: [] },
  );
  const faults: Fault[] = [];
  const { models, pipelines } = wholeParts(layeredValue(tree), faults);
  const { site, hub } = target;
  const body: DesiredState = { ...(site && { site }), ...(hub && { hub }), models, pipelines };
  const provenance = leavesOf({ models, pipelines } as unknown as Json).flatMap((path) =>
    provenanceAt(tree, path),
  );
  return { body, provenance, deployments: selected.map(({ name }) => name).reverse(), faults };
}

/** `source` and each of `sinks` hold one key that says what they are. */
function isOneOfAKind(path: readonly string[]): boolean {
  const [kind, , field] = path;
  return (
    kind === 'pipelines' &&
    ((field === 'source' && path.length === 3) || (field === 'sinks' && path.length === 4))
  );
}

function wholeParts(value: Json, faults: Fault[]): Pick<DesiredState, 'models' | 'pipelines'> {
  const { models = {}, pipelines = {} } = value as {
    models?: Record<string, DesiredModel>;
    pipelines?: Record<string, Json>;
  };
  const whole: DesiredState['pipelines'] = {};
  for (const [name, part] of Object.entries(pipelines)) {
    const parsed = pipelineSpec.safeParse(part);
    const found = parsed.success
      ? missingModels(parsed.data, models)
      : parsed.error.issues.map(({ path, message }) => ({ path, message }));
    faults.push(
      ...found.map(({ path, message }) => ({
        pointer: pointerOf(['pipelines', name, ...path]),
        detail: message,
      })),
    );
    if (parsed.success && found.length === 0) whole[name] = parsed.data;
  }
  return { models, pipelines: whole };
}

function missingModels({ stages }: DesiredState['pipelines'][string], models: Record<string, unknown>) {
  return stages.flatMap((stage, index) =>
    'infer' in stage && !Object.hasOwn(models, stage.infer.model)
      ? [
          {
            path: ['stages', index, 'infer', 'model'],
            message: `no deployment gives the device a model “${stage.infer.model}”`,
          },
        ]
      : [],
  );
}

/** A leaf that a schema's default filled in belongs to whoever wrote what is around it. */
function provenanceAt(tree: Layered, path: readonly string[]): Provenance[] {
  const { by, overrides } = nodeAt(tree, path);
  return by
    ? [{ pointer: pointerOf(path), deployment: by.name, priority: by.priority, overrides: [...overrides] }]
    : [];
}
