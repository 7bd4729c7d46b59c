import { readFileSync } from 'node:fs';
import { processesOf } from '../leftovers.ts';
import { until } from '../until.ts';
import type { Fleet } from './fleet.ts';
import type { Tally } from './tally.ts';

/** A process that can be killed, and comes back. */
export interface Target {
  readonly kind: 'hub' | 'agent' | 'runtime';
  /** The folder that is its alone. */
  readonly folder: string;
  /** The one of now, if it lives. */
  pid(): number | undefined;
}

const runtimeEntry = /runtime\/(?:src\/)?main\.m?[tj]s/;

export function targetsOf({ hub, devices }: Fleet): Target[] {
  return [
    { kind: 'hub', folder: hub.data, pid: () => (hub.program.running ? hub.program.pid : undefined) },
    ...devices.flatMap(({ agent }): Target[] => [
      {
        kind: 'agent',
        folder: agent.state,
        pid: () => (agent.program.running ? agent.program.pid : undefined),
      },
      { kind: 'runtime', folder: `${agent.state}/runtime`, pid: () => runtimePid(agent.state) },
    ]),
  ];
}

/** By its arguments, so that one that is only starting is found too. */
function runtimePid(state: string): number | undefined {
  const folder = `${state}/runtime`;
  return processesOf(folder).find(({ command }) => runtimeEntry.test(command) && command.includes(folder))
    ?.pid;
}

const backWithinMs = 120_000;

/** `kill -9`. Resolves once another is there in its place, which rejects where none comes. */
export async function killTarget(target: Target, pid: number, tally: Tally): Promise<void> {
  const kind = `kill -9 of ${target.kind}`;
  tally.done(kind);
  process.kill(pid, 'SIGKILL');
  await until(() => isGone(pid), { what: `process ${pid} is gone` });
  const next = await until(() => otherThan(pid, target.pid()), {
    what: `a ${target.kind} is there again on ${target.folder}`,
    deadline: backWithinMs,
    every: 250,
  });
  tally.shown(kind, `process ${pid} gone, ${next} in its place`);
}

const otherThan = (pid: number, now: number | undefined) => (now !== pid ? now : undefined);

/** Also one that is dead, and whose end nobody has asked for yet. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
