import type { CodeName, Condition, Reported } from '@skerry/contracts';
import type { View } from './view.ts';

export type Finding = Pick<Condition, 'status' | 'message'> & { readonly reason: CodeName | (string & {}) };
type Parts = Pick<Reported, 'models' | 'pipelines'>;
export type ConditionName = keyof Reported['conditions'];

/** What holds now. They are independent: a device that refused an update is Ready and not UpToDate. */
export function findConditions(view: View, parts: Parts): Record<ConditionName, Finding> {
  return {
    UpToDate: upToDate(view, parts),
    Ready: ready(view, parts),
    Recording: recording(view),
    TimeKnown: timeKnown(view),
  };
}

/** Conditions as they are reported: the time of a transition stays until the status changes again. */
export function stamp(
  before: Reported['conditions'],
  found: Record<ConditionName, Finding>,
  now: number,
): Record<ConditionName, Condition> {
  const at = new Date(now).toISOString();
  const stamped = Object.entries(found).map(([name, finding]) => {
    const last = before[name as ConditionName];
    const lastTransitionTime = last?.status === finding.status ? last.lastTransitionTime : at;
    return [name, { ...finding, message: finding.message.slice(0, 1024), lastTransitionTime }];
  });
  return Object.fromEntries(stamped);
}

interface Trouble {
  readonly phase: string;
  readonly reason: string;
  readonly message: string;
}

/** The worst first. */
const gravity = ['Refused', 'Failed', 'Unsupported', 'Pulling', 'Accepting', 'Loading', 'Waiting'];

function upToDate({ desired, blocked, applied }: View, parts: Parts): Finding {
  if (blocked)
    return no(
      'Unsupported',
      `v${blocked.version} asks for what this agent lacks: ${blocked.lacks.join(', ')}`,
    );
  if (!desired)
    return { status: 'Unknown', reason: 'NoDesiredState', message: 'nothing was heard from the hub yet' };
  const [worst] = troublesIn(parts).sort((a, b) => gravity.indexOf(a.phase) - gravity.indexOf(b.phase));
  if (worst) return no(worst.reason, worst.message);
  if (applied?.epoch !== desired.epoch || applied.version !== desired.version)
    return no('Applying', `v${desired.version} is being applied`);
  const { models, pipelines } = desired.parts;
  if (models.size + pipelines.size === 0) return yes('NoDesiredState', 'no deployment selects this device');
  return yes('Applied', `v${applied.version} is applied`);
}

function troublesIn({ models, pipelines }: Parts): Trouble[] {
  const ofModels = Object.entries(models).flatMap(([name, { target }]) =>
    target ? [troubleOf(target, target.version ? `${name}:${target.version}` : name)] : [],
  );
  const ofPipelines = Object.entries(pipelines)
    .filter(([, { phase }]) => phase !== 'Serving')
    .map(([name, pipeline]) => troubleOf(pipeline, name));
  return [...ofModels, ...ofPipelines];
}

function troubleOf(
  part: { phase: string; reason?: string | undefined; message?: string | undefined },
  name: string,
): Trouble {
  const { phase, reason = phase, message } = part;
  return { phase, reason, message: message ? `${name}, ${message}` : name };
}

function ready({ desired, observed }: View, { models, pipelines }: Parts): Finding {
  if (observed.crashLoop)
    return no('CrashLoop', `the runtime ends again and again: ${observed.lastEnd ?? 'nobody knows why'}`);
  if (!observed.up) return no('Starting', 'the runtime is not up yet');
  const wanted = desired?.parts;
  const silent = [...(wanted?.models.keys() ?? [])].filter((name) => !models[name]?.serving);
  const still = [...(wanted?.pipelines.keys() ?? [])].filter((name) => pipelines[name]?.url === undefined);
  if (silent.length + still.length > 0)
    return no('ModelsNotReady', `not serving: ${[...silent, ...still].join(', ')}`);
  const serving = Object.entries(models).flatMap(([name, model]) =>
    model.serving ? [`${name}:${model.serving.version}`] : [],
  );
  return yes('Serving', serving.length > 0 ? `${serving.join(', ')} serves` : 'nothing is wanted');
}

/** Whether what comes in is kept. A device may serve well, and refuse all that it is to record. */
function recording({ observed: { up, status } }: View): Finding {
  if (!up || !status) return { status: 'Unknown', reason: 'Starting', message: 'the runtime is not up yet' };
  if (status.refusal) return no(status.refusal.code, status.refusal.message);
  return yes('Recording', 'what comes in is kept');
}

function timeKnown({ time }: View): Finding {
  if (!time.known) return no('TimeUnknown', 'the hub was not met since the start');
  const seconds = (Math.abs(time.ahead) / 1000).toFixed(1);
  return yes('TimeFromHub', `${seconds} s ${time.ahead < 0 ? 'behind' : 'ahead of'} the hub`);
}

const yes = (reason: CodeName, message: string): Finding => ({ status: 'True', reason, message });
const no = (reason: string, message: string): Finding => ({ status: 'False', reason, message });

/** Whether a condition has changed its status in between. */
export function hasTransition(before: Reported['conditions'], after: Reported['conditions']): boolean {
  const names = ['UpToDate', 'Ready', 'Recording', 'TimeKnown'] as const;
  return names.some((name) => before[name]?.lastTransitionTime !== after[name]?.lastTransitionTime);
}
