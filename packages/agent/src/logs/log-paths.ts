import { logPath } from '../drivers/runtime-log.ts';

export const parts = ['agent', 'runtime'] as const;
export type Part = (typeof parts)[number];

export const agentLogPath = (folder: string) => `${folder}/log/agent.log`;

/** Where the lines of a part are, the file that still grows last; not all of them need be there. */
export const logPaths: Readonly<Record<Part, (folder: string) => readonly string[]>> = {
  agent: (folder) =>
    [3, 2, 1].map((number) => `${agentLogPath(folder)}.${number}`).concat(agentLogPath(folder)),
  runtime: (folder) => [`${logPath(`${folder}/runtime`)}.1`, logPath(`${folder}/runtime`)],
};
