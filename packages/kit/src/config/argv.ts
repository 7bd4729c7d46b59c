import { didYouMean } from '../nearest.ts';
import { type ConfigKeys, flagOf, takesNoValue } from './keys.ts';

export interface Arguments {
  /** Key → what its flag said: one text each time it was given, or true or false. */
  readonly flags: ReadonlyMap<string, readonly (string | boolean)[]>;
  readonly rest: readonly string[];
  readonly faults: readonly string[];
}

/** `--flag value`, `--flag=value`, `--yes`, `--no-yes`; `--` ends the flags. */
export function readArguments(keys: ConfigKeys, argv: readonly string[]): Arguments {
  const names = new Map(Object.entries(keys).map(([name, key]) => [flagOf(name, key), name]));
  const flags = new Map<string, (string | boolean)[]>();
  const rest: string[] = [];
  const faults: string[] = [];
  const add = (name: string, value: string | boolean) => flags.set(name, [...(flags.get(name) ?? []), value]);

  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at]!;
    if (argument === '--') {
      rest.push(...argv.slice(at + 1));
      break;
    }
    if (!argument.startsWith('--')) {
      rest.push(argument);
      continue;
    }
    const { flag, value } = split(argument.slice(2));
    const name = names.get(flag);
    const negated = names.get(flag.replace(/^no-/, ''));
    if (name !== undefined && keys[name]!.secret) faults.push(secretFlag(flag));
    else if (name !== undefined && value !== undefined) add(name, value);
    else if (name !== undefined && takesNoValue(keys[name]!)) add(name, true);
    else if (name !== undefined && argv[at + 1] !== undefined) add(name, argv[++at]!);
    else if (name !== undefined) faults.push(`--${flag} needs a value`);
    else if (negated !== undefined && takesNoValue(keys[negated]!)) add(negated, false);
    else faults.push(`unknown flag --${flag}${didYouMean(flag, [...names.keys()])}`);
  }
  return { flags, rest, faults };
}

function split(text: string): { flag: string; value: string | undefined } {
  const at = text.indexOf('=');
  return at === -1
    ? { flag: text, value: undefined }
    : { flag: text.slice(0, at), value: text.slice(at + 1) };
}

const secretFlag = (flag: string) =>
  `--${flag} is a secret, and every process can read arguments: give it in the environment or a file`;
