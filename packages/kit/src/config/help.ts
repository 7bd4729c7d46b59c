import type { ConfigKeys } from './keys.ts';

/** Help for a terminal of 80 columns: usage, then a line or two for each flag. */
export function configHelp(
  _keys: ConfigKeys,
  _about: { usage: string; summary: string; envPrefix: string },
): string {
  throw new Error('being written');
}
