import { codes, findCode } from '@skerry/contracts';
import { didYouMean } from '@skerry/kit';
import { type AddCommand, type CommonOptions, command, print } from '../command.ts';
import { exitCodeOf, failure } from '../errors.ts';

export const explainCommand: AddCommand = (parent, cli) => {
  command(parent, {
    name: 'explain [code]',
    summary: 'say what a code in an error, a condition or an event means; without one, list them all',
    examples: ['explain AcceptanceFailed'],
  }).action((code: string | undefined, options: CommonOptions) => {
    if (code === undefined)
      print(cli, options, codes, () =>
        Object.entries(codes).map(([name, it]) => `${name.padEnd(26)}${it.title}`),
      );
    else explain(code);

    function explain(wanted: string): void {
      const name = nameOf(wanted);
      const found = findCode(name)!;
      const result = { code: name, ...found, exit: exitCodeOf(name) };
      print(cli, options, result, () => [
        `${name}: ${found.title}`,
        '',
        found.meaning,
        `Next: ${found.next}`,
      ]);
    }
  });
};

/** Letter case aside. Throws `NotFound`. */
function nameOf(wanted: string): string {
  const names = Object.keys(codes);
  const name = names.find((it) => it.toLowerCase() === wanted.toLowerCase());
  if (name) return name;
  throw failure('NotFound', `“${wanted}” is no code of this version${didYouMean(wanted, names)}`, {
    next: 'List them with `skerry explain`.',
  });
}
