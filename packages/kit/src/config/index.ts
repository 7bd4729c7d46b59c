export { withConfigFile } from './file.ts';
export { configHelp } from './help.ts';
export {
  type Config,
  type ConfigInput,
  type ConfigKey,
  type ConfigKeys,
  type ConfigSource,
  configKeys,
  envOf,
} from './keys.ts';
export { passOver } from './pass-over.ts';
export { resolveConfig } from './resolve.ts';
