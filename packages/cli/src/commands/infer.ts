import type { Cli } from '../cli.ts';
import { type AddCommand, type CommonOptions, command, print } from '../command.ts';
import { failure } from '../errors.ts';
import { answerLines } from '../serving/answer.ts';
import { servingClient } from '../serving/client.ts';

interface InferOptions extends CommonOptions {
  readonly url: string;
  readonly ca?: string;
}

const maxBytes = 16 * 1024 * 1024;

export const inferCommand: AddCommand = (parent, cli) => {
  command(parent, {
    name: 'infer <model> [input]',
    summary: 'ask a model: a request of the Open Inference Protocol from a file or standard input',
    examples: [
      'infer digits examples/meter-reading/seven.json',
      'infer digits --url https://edge-7.local:8000 --ca edge-7.crt --json < request.json',
    ],
  })
    .option(
      '--url <address>',
      'where a runtime serves; it gets the API key in SKERRY_KEY, if any',
      'http://127.0.0.1:8000',
    )
    .option('--ca <file>', 'the authority to trust (PEM), as `skerry device ca` prints it')
    .action(async (model: string, input: string | undefined, options: InferOptions) => {
      const body = await readInput(cli, input);
      const { url, ca } = options;
      const address = { url, ca: ca === undefined ? undefined : await cli.ports.disk.read(ca) };
      const answer = await servingClient(cli, { ...address, key: cli.env.SKERRY_KEY }).infer(model, body);
      print(cli, options, answer, () => answerLines(answer, cli.stdout.width));
    });
};

async function readInput({ stdin, ports }: Cli, input: string | undefined): Promise<string> {
  const fromFile = input !== undefined && input !== '-';
  if (!fromFile && stdin.isTerminal)
    throw failure('BadUsage', 'there is no input', { next: 'Name a file, or pipe the request in.' });
  const text = fromFile
    ? Buffer.from(await ports.disk.read(input)).toString()
    : await stdin.readAll(maxBytes);
  try {
    JSON.parse(text);
    return text;
  } catch (cause) {
    const where = fromFile ? input : 'standard input';
    throw failure('InvalidFile', `${where} is not JSON: ${(cause as Error).message}`, {
      next: 'It holds {"inputs":[{"name","shape","datatype","data"}]}; `skerry serve` prints one that is valid.',
      cause,
    });
  }
}
