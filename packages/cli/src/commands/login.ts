import { X509Certificate } from 'node:crypto';
import { fingerprintOf, type WhoAmI } from '@skerry/contracts';
import { createHubClient } from '@skerry/sdk';
import type { Cli } from '../cli.ts';
import { type AddCommand, type CommonOptions, command, print } from '../command.ts';
import { failure } from '../errors.ts';
import { contextsPath, saveContext } from '../hub/contexts.ts';
import { hubTransport, hubUrl } from '../hub/transport.ts';

interface LoginOptions extends CommonOptions {
  readonly fingerprint?: string;
  readonly tokenFile?: string;
}

export const loginCommand: AddCommand = (parent, cli) => {
  command(parent, {
    name: 'login <url>',
    summary: 'log in to a hub: compares its fingerprint, then keeps your token where only you can read it',
    examples: [
      'login https://hub.example.com:8080',
      'login http://127.0.0.1:8080 --fingerprint sha256:… --token-file ./skerry-hub/admin-token',
    ],
  })
    .option('--fingerprint <sha256:…>', 'of the hub’s root certificate, as the hub printed it')
    .option(
      '--token-file <path>',
      'file with the token; without it, it is asked for or read from standard input',
    )
    .action((url: string, options: LoginOptions) => logIn(cli, url, options));
};

async function logIn(cli: Cli, text: string, options: LoginOptions): Promise<void> {
  const { disk } = cli.ports;
  const url = hubUrl(text);
  const { hubId, root, fingerprint } = await firstLook(cli, url);
  await compare(cli, fingerprint, options.fingerprint);
  const token = await readToken(cli, options.tokenFile);
  const pinned = { root, hubId };
  const request = hubTransport({ ...cli.ports, signal: cli.signal, pinned });
  const who = await createHubClient({ url, token, request }).whoAmI();
  const path = contextsPath(cli.env);
  await saveContext(disk, path, { url, hubId, fingerprint, root, token });
  print(cli, options, { url, hubId, fingerprint, ...who }, () => [welcome(who, url)]);
  if (!options.json) cli.stderr.line(`Kept in ${path}.`);
}

const welcome = ({ name, role, project }: WhoAmI, url: string) =>
  `Logged in to ${url} as ${name} (${role} of project ${project}).`;

/** What the other side shows of itself, before it is trusted: nothing secret is sent. */
async function firstLook({ ports, signal }: Cli, url: string) {
  const stranger = createHubClient({ url, request: hubTransport({ ...ports, signal }) });
  const { hubId, chain } = await stranger.chain();
  const root = chain.at(-1)!;
  return { hubId, root, fingerprint: fingerprintOf(derOf(root)) };
}

function derOf(pem: string): Uint8Array {
  try {
    return new X509Certificate(pem).raw;
  } catch (cause) {
    throw failure('CertificateRefused', 'the root certificate that this address shows cannot be read', {
      cause,
    });
  }
}

async function compare({ stdin, stderr }: Cli, shown: string, expected: string | undefined): Promise<void> {
  if (expected !== undefined) {
    if (expected.toLowerCase() === shown) return;
    throw failure('RootMismatch', `this hub shows ${shown}, you expect ${expected}`);
  }
  if (!stdin.isTerminal)
    throw failure('BadUsage', 'without a terminal nobody can compare the fingerprint', {
      next: 'Add --fingerprint with the one that the hub printed at its start.',
    });
  stderr.line(`The hub shows the fingerprint\n  ${shown}`);
  const answer = await stdin.ask('Is it the one that the hub printed at its start? [y/N] ');
  if (!/^y(es)?$/i.test(answer.trim())) throw failure('RootMismatch', 'you said that it is another hub');
}

async function readToken({ ports, stdin }: Cli, file: string | undefined): Promise<string> {
  const text = file === undefined ? await typed() : Buffer.from(await ports.disk.read(file)).toString();
  const token = text.trim();
  if (/^\S+$/.test(token)) return token;
  throw failure('BadUsage', 'there is no token in what was given', {
    next: 'The admin’s token stands in the file that the hub named at its first start.',
  });

  async function typed(): Promise<string> {
    return stdin.isTerminal ? stdin.askHidden('Token: ') : stdin.readAll(4096);
  }
}
