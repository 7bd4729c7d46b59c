import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { partArguments } from './processes.ts';
import { runCommand } from './test-cli.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const pages = ['README.md', ...globSync('{docs,examples}/**/*.md', { cwd: root })];

interface Line {
  readonly page: string;
  readonly words: readonly string[];
}

/** What the pages tell people to type: lines of `sh` blocks and inline code that begin with `skerry`. */
function commandLines(page: string): Line[] {
  const text = readFileSync(`${root}${page}`, 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block.split('\n'),
  );
  const inline = [...text.matchAll(/`((?:npm run -s )?skerry [^`\n]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inline].flatMap((line) => {
    const typed = line
      .replace(/\s+#.*$/, '')
      .replace(/^npm run -s skerry --/, 'skerry')
      .trim();
    const [program, ...words] = typed.split(/\s+/);
    return program === 'skerry' && words.length > 0 ? [{ page, words }] : [];
  });
}

const helps = new Map<string, string>();

/** Of what becomes another process, which has help of its own: it is run as one, or this test would become it. */
function partHelp([part, verb]: readonly string[]): string | undefined {
  if ((part !== 'hub' && part !== 'agent') || verb === undefined) return undefined;
  const command = `${part} ${verb}`;
  const ask = () => {
    const argv = partArguments(part, [verb, '--help']);
    const { status, stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    return status === 0 && stdout.startsWith(`Usage: skerry ${command}`) ? stdout : '';
  };
  const help = helps.get(command) ?? ask();
  helps.set(command, help);
  return help;
}

/** The help of the command that the words begin with. */
async function helpFor(words: readonly string[]): Promise<string> {
  const names = words.slice(0, words.findIndex((word) => !/^[a-z]+(-[a-z]+)*$/.test(word)) >>> 0);
  const part = partHelp(names);
  if (part !== undefined) return part;
  for (let count = Math.min(3, names.length); count > 0; count--) {
    const command = names.slice(0, count).join(' ');
    const { stdout, exit } = await runCommand([...names.slice(0, count), '--help']);
    if (exit !== 0 || !stdout.startsWith(`Usage: skerry ${command} `)) continue;
    const isGroup = /^Usage: .*\[command\]$/m.test(stdout);
    // A group with a word behind it that is none of its commands.
    return isGroup && count < names.length ? '' : stdout;
  }
  return '';
}

test('every command in the pages exists, with its flags', async () => {
  const lines = pages.flatMap(commandLines);
  assert.ok(lines.length > 30, `only ${lines.length} commands were found`);
  for (const { page, words } of lines) {
    const help = await helpFor(words);
    assert.notEqual(help, '', `${page}: skerry ${words.join(' ')}: there is no such command`);
    for (const flag of words.filter((word) => /^--?[a-z]/.test(word) && word !== '--help'))
      assert.match(
        help,
        new RegExp(`(^|[\\s,])${flag}\\b`, 'm'),
        `${page}: skerry ${words.join(' ')}: no ${flag}`,
      );
  }
});
