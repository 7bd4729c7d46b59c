import { runKeys } from './config.ts';

/** What a person types to run the agent of this state folder, in the shell where the folder was named so. */
export function runCommand(folder: string): string {
  if (folder === runKeys.state.default) return 'skerry agent run';
  const word = /^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`;
  return `skerry agent run --state ${word}`;
}
