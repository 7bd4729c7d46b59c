import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Those of the commands that are not on this machine's path. */
export function missingCommands(...names: readonly string[]): string[] {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return names.filter((name) => !folders.some((folder) => isProgram(join(folder, name))));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why what needs Linux, root and these commands cannot work here, or undefined. */
export function lackOf(...names: readonly string[]): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  const missing = missingCommands(...names);
  return missing.length > 0 ? `needs ${missing.join(', ')}` : undefined;
}
