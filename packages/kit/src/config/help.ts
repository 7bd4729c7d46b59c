import { z } from 'zod';
import { type ConfigKey, type ConfigKeys, envOf, flagOf, takesNoValue } from './keys.ts';

const WIDTH = 80;
const INDENT = 26;

const configKey: ConfigKey = { type: z.string(), help: 'YAML file of these settings, by name' };

/** Help for a terminal of 80 columns: usage, then each setting with its default and its variable. */
export function configHelp(
  keys: ConfigKeys,
  about: { usage: string; summary: string; envPrefix: string; example?: string | undefined },
): string {
  const lines = [`Usage: ${about.usage}`, '', ...wrap(about.summary, 0), '', 'Settings:'];
  for (const [name, key] of Object.entries(keys)) lines.push(...describe(name, key, about.envPrefix));
  lines.push(...describe('config', configKey, about.envPrefix));
  if (about.example) lines.push('', 'Example:', `  ${about.example}`);
  return `${lines.join('\n')}\n`;
}

function describe(name: string, key: ConfigKey, envPrefix: string): string[] {
  const variable = envOf(name, key, envPrefix);
  const shown = key.secret ? `  ${variable}` : `  --${flagOf(name, key)}${takesNoValue(key) ? '' : ' VALUE'}`;
  const facts = [key.secret ? undefined : variable, defaultOf(key)].filter((fact) => fact !== undefined);
  const text = facts.length > 0 ? `${key.help} [${facts.join('; ')}]` : key.help;
  const [first = '', ...more] = wrap(text, INDENT);
  return shown.length < INDENT
    ? [shown.padEnd(INDENT) + first.trimStart(), ...more]
    : [shown, first, ...more];
}

function defaultOf({ default: value, secret }: ConfigKey): string | undefined {
  const nothing =
    value === undefined || value === '' || value === false || (Array.isArray(value) && !value.length);
  return nothing || secret ? undefined : `default: ${value}`;
}

function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = ' '.repeat(indent);
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > WIDTH && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = ' '.repeat(indent);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
