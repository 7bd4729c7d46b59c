import type { Cli } from '../cli.ts';
import { failure } from '../errors.ts';

/** Asks on a terminal; without one, throws `BadUsage` that names `--yes`, since nobody could answer. */
export async function confirm({ stdin }: Pick<Cli, 'stdin'>, question: string): Promise<void> {
  if (!stdin.isTerminal)
    throw failure('BadUsage', 'this needs a yes, and without a terminal nobody is asked', {
      next: 'Add --yes.',
    });
  const answer = await stdin.ask(question);
  if (!/^y(es)?$/i.test(answer.trim())) throw failure('Interrupted', 'you said no; nothing was changed');
}
