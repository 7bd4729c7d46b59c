import type {
  DesiredModel,
  PipelineSpec,
  ReportedModel,
  ReportedPipeline,
  RuntimeModel,
  RuntimePipeline,
} from '@skerry/contracts';
import { attemptOf } from '../plan/model.ts';
import { isSame, modelsOf } from '../plan/plan.ts';
import type { View } from './view.ts';

type Why = Pick<ReportedPipeline, 'phase' | 'reason' | 'message'>;

/** Every model that is wanted or serves, by name. */
export function reportModels(view: View): Record<string, ReportedModel> {
  const wanted = view.desired?.parts.models ?? new Map<string, DesiredModel>();
  const found = modelsOn(view);
  // Of what nobody wants, a runtime remembers what it could not serve.
  const serving = found.filter(({ phase }) => phase === 'Serving');
  const names = new Set([...wanted.keys(), ...serving.map(({ name }) => name)]);
  const models = [...names].map((name) => [name, reportModel(name, wanted.get(name), found, view)] as const);
  return Object.fromEntries([...models, ...unsupported(view, 'models', unsupportedModel)]);
}

/** Every pipeline that is wanted or runs, by name. */
export function reportPipelines(view: View): Record<string, ReportedPipeline> {
  const wanted = view.desired?.parts.pipelines ?? new Map<string, PipelineSpec>();
  const found = view.observed.status?.pipelines ?? [];
  const names = new Set([...wanted.keys(), ...found.map(({ name }) => name)]);
  const pipelines = [...names].map((name) => {
    const running = found.find((pipeline) => pipeline.name === name);
    return [name, reportPipeline(name, wanted.get(name), running, view)] as const;
  });
  return Object.fromEntries([...pipelines, ...unsupported(view, 'pipelines', unsupportedPipeline)]);
}

const modelsOn = ({ observed }: View) => (observed.up ? (observed.status?.models ?? []) : []);

function reportModel(
  name: string,
  wanted: DesiredModel | undefined,
  found: readonly RuntimeModel[],
  view: View,
): ReportedModel {
  const own = found.filter((model) => model.name === name);
  const serving = own.find(({ phase }) => phase === 'Serving');
  const isServed = !wanted || wanted.digest === serving?.digest;
  return {
    ...(serving && { serving: { version: serving.version, digest: serving.digest, ...latencyOf(serving) } }),
    ...(!isServed && { target: reportTarget(name, wanted, own, view) }),
  };
}

function reportTarget(
  name: string,
  { version, digest }: DesiredModel,
  own: readonly RuntimeModel[],
  view: View,
): NonNullable<ReportedModel['target']> {
  const onRuntime = own.find((model) => model.digest === digest && model.phase !== 'Serving');
  return {
    version,
    digest,
    ...(onRuntime && latencyOf(onRuntime)),
    ...whyNotServing(name, version, digest, onRuntime, view),
  };
}

function whyNotServing(
  name: string,
  version: string,
  digest: string,
  onRuntime: RuntimeModel | undefined,
  view: View,
): Why {
  const refusal = view.refusalOf(name, digest);
  if (refusal) return { phase: 'Refused', ...refusal };
  const load = view.busy.get(`model/${name}`);
  if (load?.do === 'load' && load.version.digest === digest)
    return { phase: onRuntime?.phase === 'Accepting' ? 'Accepting' : 'Loading' };
  if (view.busy.has(`artifact/${digest}`))
    return { phase: 'Pulling', reason: 'Pulling', ...progressText(view, digest) };
  const failure =
    view.failureOf(`pull/artifact/${digest}`) ??
    view.failureOf(attemptOf({ do: 'load', model: name, version: { version, digest } }));
  if (failure) return { phase: 'Failed', reason: failure.error.code, message: failure.error.detail };
  return { phase: 'Waiting', reason: view.observed.up ? 'Waiting' : 'Starting' };
}

function progressText(view: View, digest: string): { message?: string } {
  const progress = view.progressOf(digest);
  if (!progress || progress.total === 0) return {};
  const percent = Math.floor((100 * progress.done) / progress.total);
  return { message: `${percent} % of ${(progress.total / 2 ** 20).toFixed(1)} MiB` };
}

function reportPipeline(
  name: string,
  wanted: PipelineSpec | undefined,
  running: RuntimePipeline | undefined,
  view: View,
): ReportedPipeline {
  const { status, up } = view.observed;
  const { frames = 0, failed = 0, captured = 0 } = running ?? {};
  const counts = { frames, failed, captured };
  if (!up || !running) return { ...counts, ...whyNotRunning(name, wanted, view) };
  const { phase, reason, message } = running;
  const url = `${status?.rest.replace(/\/$/, '')}/pipelines/${name}/frames`;
  const change = wanted && !isSame(running.spec, wanted) ? whyNotRunning(name, wanted, view) : {};
  return { phase, ...given({ reason, message }), ...change, ...latencyOf(running), ...counts, url };
}

function whyNotRunning(name: string, wanted: PipelineSpec | undefined, view: View): Why {
  const failure = view.failureOf(`putPipeline/pipeline/${name}`);
  if (failure) return { phase: 'Failed', reason: failure.error.code, message: failure.error.detail };
  if (!view.observed.up) return { phase: 'Waiting', reason: 'Starting' };
  const serving = modelsOn(view).filter(({ phase }) => phase === 'Serving');
  const missing = wanted && modelsOf(wanted).find((model) => !serving.some((one) => one.name === model));
  if (missing === undefined) return { phase: 'Waiting', reason: 'Waiting' };
  return { phase: 'Waiting', reason: 'ModelsNotReady', message: `model ${missing} does not serve` };
}

function unsupported<Part>(view: View, kind: string, make: (why: string) => Part): [string, Part][] {
  const all = [...(view.desired?.parts.unsupported ?? [])];
  return all
    .filter(([part]) => part.startsWith(`${kind}/`))
    .map(([part, why]) => [part.slice(kind.length + 1), make(why)]);
}

const unsupportedModel = (message: string): ReportedModel => ({
  target: { version: '', digest: '', phase: 'Unsupported', reason: 'Unsupported', message },
});
const unsupportedPipeline = (message: string): ReportedPipeline => ({
  phase: 'Unsupported',
  reason: 'Unsupported',
  message,
  frames: 0,
  failed: 0,
  captured: 0,
});

function latencyOf({ p50Us, p99Us }: { p50Us?: number | undefined; p99Us?: number | undefined }) {
  return given({ p50Us: p50Us && Math.round(p50Us), p99Us: p99Us && Math.round(p99Us) });
}

/** Without what is undefined. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
