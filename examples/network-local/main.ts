import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { programJson, skerryJson, startSkerry } from './commands.ts';

/*
 * A model server for a site's network, with TLS, API keys and discovery; and a client that finds it, trusts it and
 * asks it. Everything is done by the commands that a person would use.
 */

interface Ready {
  readonly rest: string;
  readonly ca: { readonly fingerprint: string };
}
interface Found {
  readonly name: string;
  readonly url: string;
  readonly ca?: string;
}
interface Answer {
  readonly withKey: number;
  readonly withoutKey: number;
  readonly otherModel: number;
  readonly digit: number;
}

const INTERRUPTED = 130;
const BAD_USAGE = 2;
const models = fileURLToPath(new URL('../edge-cloud/models', import.meta.url));
const seven = fileURLToPath(new URL('../meter-reading/seven.json', import.meta.url));

const values = flags();
const interrupted = interruption();
const end = values.for === undefined ? interrupted : AbortSignal.any([interrupted, after(values.for)]);
const say = (line: string) => values.json || process.stdout.write(`${line}\n`);

const folder = await mkdtemp(join(tmpdir(), 'skerry-network-local-'));
try {
  process.exitCode = (await unlessInterrupted(play())) ?? INTERRUPTED;
} finally {
  await rm(folder, { recursive: true });
}

async function play(): Promise<number> {
  const keys = join(folder, 'keys.yaml');
  const { key } = await skerryJson<{ key: string }>(
    'key',
    'new',
    'till',
    '--models',
    'digits',
    '--file',
    keys,
  );
  say('1. A key was made for the model digits alone; the server gets its hash.');
  const name = `example-${process.pid}`;
  const server = await startSkerry<Ready>(
    ...['serve', models, '--host', '0.0.0.0', '--port-search', '--tls', 'self', '--keys', keys],
    ...['--serving-folder', join(folder, 'serving'), '--announce', name],
  );
  try {
    const { rest, ca } = server.ready;
    say(`2. The models are served at ${rest}, with a certificate of the machine's own.`);
    const found = await find(ca.fingerprint);
    say(found ? `3. Another process found ${found.name} at ${found.url} by mDNS.` : notFound(rest));
    const url = found?.url ?? rest;
    const trusted = join(folder, 'trusted.crt');
    await skerryJson('device', 'ca', url, '--fingerprint', ca.fingerprint, '--out', trusted);
    say(`4. It fetched what it has to trust, and compared ${ca.fingerprint}.`);
    const env = { NODE_EXTRA_CA_CERTS: trusted, SKERRY_KEY: key };
    const first = await programJson<Answer>('./ask.ts', [url, seven], env);
    say(`5. It asked with its key: ${first.withKey}, the picture shows a ${first.digit}.`);
    say(`   Without a key: ${first.withoutKey}. With it, for another model: ${first.otherModel}.`);
    if (!end.aborted) say('Asking every second; Ctrl-C ends it all.');
    const asked = await goOn(() => programJson<Answer>('./ask.ts', [url, seven], env));
    const { withoutKey, otherModel, digit } = first;
    const refusals = { withoutKey, otherModel };
    const result = { url, fingerprint: ca.fingerprint, discovered: found !== undefined, digit, ...refusals };
    const answers = { asked: asked.length + 1, answered: [first, ...asked].filter(isAnswer).length };
    if (values.json) process.stdout.write(`${JSON.stringify({ ...result, ...answers })}\n`);
    say(`${answers.answered} of ${answers.asked} questions were answered.`);
    return answers.answered === answers.asked && withoutKey === 401 && otherModel === 403 ? 0 : 1;
  } finally {
    await server.stop();
  }
}

function isAnswer({ withKey }: Answer): boolean {
  return withKey === 200;
}

/** Whoever announces the fingerprint that the server printed: the name could be anybody's. */
async function find(fingerprint: string): Promise<Found | undefined> {
  const found = await skerryJson<Found[]>('discover', '--for', '2s');
  return found.find(({ ca }) => ca === fingerprint);
}

function notFound(rest: string): string {
  return `3. Nobody was found by mDNS, which this network may not carry; going on with ${rest}.`;
}

async function goOn(ask: () => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (!end.aborted) {
    await sleep(1_000, undefined, { signal: end }).catch(() => {});
    if (end.aborted) break;
    const answer = await unlessInterrupted(ask());
    if (answer) answers.push(answer);
  }
  return answers;
}

/** A terminal's Ctrl-C ends our children too, and what they were asked comes to nothing. */
async function unlessInterrupted<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (interrupted.aborted) return undefined;
    throw error;
  }
}

/** Aborts at Ctrl-C and SIGTERM. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}

function after(duration: string): AbortSignal {
  const seconds = /^(\d+)s$/.exec(duration)?.[1];
  if (seconds === undefined) throw new Error(`--for ${duration}: expected seconds, such as 10s`);
  return AbortSignal.timeout(Number(seconds) * 1_000);
}

function flags() {
  try {
    return parseArgs({ options: { for: { type: 'string' }, json: { type: 'boolean', default: false } } })
      .values;
  } catch (error) {
    process.stderr.write(
      `${(error as Error).message}\nUsage: npm run -s example -- network-local [--for 20s] [--json]\n`,
    );
    process.exit(BAD_USAGE);
  }
}
