import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killProcessesOf, processesOf } from './leftovers.ts';
import { type Program, type ProgramStart, startProgram, tail } from './program.ts';
import { builtEntryOf, entryOf, nodeArguments } from './sources.ts';
import { until } from './until.ts';

/** What a stage wants to know of the test that it stands for; node:test's context has it. */
export interface Story {
  readonly name: string;
  /** True once the test has ended well. (Node's types do not know it yet.) */
  readonly passed?: boolean;
  /** Does something once the test has ended, however it did. */
  after(work: () => Promise<void>): void;
}

/**
 * Where one story plays: a temporary folder, and every process that was started for it. When the story ends, they are
 * all ended, and it fails when one of them left a process behind. If it fails, the logs are shown and the folder is
 * kept.
 */
export interface Stage {
  readonly folder: string;
  /** A folder of that name below, made if it is not there. */
  makeFolder(name: string): Promise<string>;
  /** Starts one of the project's programs (see `entries`) with arguments. */
  start(program: StagedProgram): Program;
}

export interface StagedProgram {
  readonly name: string;
  /** Path of a TypeScript or JavaScript file, from the project's root; or `command` for anything else. */
  readonly entry?: string;
  readonly command?: string;
  readonly args: readonly string[];
  /** A command that runs it, such as `nsenter --net=…`. */
  readonly through?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly input?: ProgramStart['input'];
}

export interface StageOptions {
  /**
   * Runs the project's programs as they are shipped, from `dist/`; somebody has to have built them. By default where
   * `npm test` has: they start in half the time of the sources.
   */
  readonly built?: boolean;
}

export function openStage(
  story: Story,
  { built = process.env.SKERRY_STORIES === 'built' }: StageOptions = {},
): Stage {
  // The real path: processes show it so, and on macOS the temporary folder is behind a link.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-story-')));
  const programs: Program[] = [];
  endWith(story, folder, programs);
  return {
    folder,
    async makeFolder(name) {
      const path = join(folder, name);
      await mkdir(path, { recursive: true, mode: 0o700 });
      return path;
    },
    start(staged) {
      const command = behind(staged.through, commandOf(staged, built));
      const program = startProgram({ ...command, ...surroundings(staged, folder, built) });
      programs.push(program);
      return program;
    },
  };
}

/** Whatever ends the story, a signal included, ends what was started for it. */
function endWith(story: Story, folder: string, programs: readonly Program[]): void {
  // By folder: a runtime outlives its agent, so it is in nobody's group.
  const killAll = () => {
    if (programs.some(({ running }) => running)) killProcessesOf(folder);
  };
  const endOnSignal = () => process.exit(1);
  process.once('SIGTERM', endOnSignal).once('SIGINT', endOnSignal);
  process.once('exit', () => {
    killAll();
    if (story.passed) rmSync(folder, { recursive: true, force: true });
    else showLogs(story, folder, programs);
  });
  story.after(async () => {
    try {
      await stopAll(programs);
      await refuseLeftovers(folder);
    } finally {
      killAll();
      process.off('SIGTERM', endOnSignal).off('SIGINT', endOnSignal);
    }
  });
}

function commandOf({ name, entry, command, args, input }: StagedProgram, built: boolean) {
  if (command) return { name, command, args, input };
  if (built) return { name, command: process.execPath, args: [builtEntryOf(entry!), ...args], input };
  return { name, command: process.execPath, args: [...nodeArguments, entryOf(entry!), ...args], input };
}

function behind([first, ...rest]: readonly string[] = [], start: ReturnType<typeof commandOf>) {
  return first ? { ...start, command: first, args: [...rest, start.command, ...start.args] } : start;
}

/**
 * Nothing of the person who runs the tests reaches a program: no context, no setting, no colour. Where Node keeps what
 * it compiled is told: a story starts some dozens of programs, and each would compile the sources again.
 */
function surroundings({ env, cwd }: StagedProgram, folder: string, built: boolean) {
  const own = Object.entries(process.env).filter(
    ([key]) => !/^(SKERRY_|XDG_|NODE_(?!COMPILE_CACHE$)|FORCE_COLOR)|_proxy$/i.test(key),
  );
  // A program that has a stage of its own does as this one.
  const stories = built ? { SKERRY_STORIES: 'built' } : {};
  const home = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), XDG_DATA_HOME: join(folder, 'data') };
  return {
    env: { ...Object.fromEntries(own), ...home, ...stories, NO_COLOR: '1', ...env },
    cwd: cwd ?? folder,
  };
}

/** The last started first, as a person would take a system down: clients before what they use. */
async function stopAll(programs: readonly Program[]): Promise<void> {
  const failures: unknown[] = [];
  for (const program of programs.toReversed()) await program.stop().catch((error) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, 'a program did not stop');
}

async function refuseLeftovers(folder: string): Promise<void> {
  const none = { what: 'no process is left', deadline: 3_000 };
  await until(() => processesOf(folder).length === 0, none).catch(() => {});
  const left = processesOf(folder).map(({ pid, command }) => `    ${pid} ${command}`);
  killProcessesOf(folder);
  if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`);
}

function showLogs(story: Story, folder: string, programs: readonly Program[]): void {
  const parts = programs.map(({ name, pid, log }) => `--- ${name} (${pid})\n${tail(log, 60)}`);
  process.stderr.write(`\n=== “${story.name}” failed; its folder is kept: ${folder}\n${parts.join('\n')}\n`);
}
