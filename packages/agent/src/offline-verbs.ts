import { resolve } from 'node:path';
import { nodeDial, nodePorts, stopOnSignals } from '@skerry/kit/node';
import { bundleKeys, checkKeys, logsKeys, messagesKeys } from './config.ts';
import { agentError } from './errors.ts';
import { parts } from './logs/log-paths.ts';
import { engineProgram } from './program.ts';
import { readFlags, readSettings } from './settings.ts';
import type { Verb } from './verb.ts';
import { version } from './version.ts';

/** The verbs for a person at the machine who has neither hub nor, maybe, an agent that runs. */
export const offlineVerbs = {
  check: {
    keys: checkKeys,
    usage: 'skerry agent check',
    summary: 'Looks at all that the agent needs; what fails is told with what to do, and ends with 1.',
    example: 'skerry agent check --state /var/lib/skerry',
    act: check,
  },
  logs: {
    keys: logsKeys,
    usage: 'skerry agent logs',
    summary: 'Shows what the agent and its runtime said on this machine.',
    example: 'skerry agent logs -f --since 1h --part runtime',
    act: logs,
  },
  messages: {
    keys: messagesKeys,
    usage: 'skerry agent messages',
    summary: 'Shows what people sent to the programs of this site by `skerry device send`.',
    example: 'skerry agent messages -f --json --after 41',
    act: messages,
  },
  'support-bundle': {
    keys: bundleKeys,
    usage: 'skerry agent support-bundle FILE',
    summary: 'Writes logs, state, events and the check to FILE (tar.gz), every secret taken out.',
    example: 'skerry agent support-bundle till-1.tar.gz',
    act: supportBundle,
  },
} satisfies Readonly<Record<string, Verb>>;

async function check(argv: string[]): Promise<void> {
  const values = await readFlags(checkKeys, argv);
  const { checkAndTell } = await import('./check/check-verb.ts');
  endWithReader();
  const ok = await checkAndTell({ ...siteOptions(values), json: values.json, out: process.stdout });
  process.exitCode = ok ? 0 : 1;
}

/** What is looked at, for whoever looks. */
const siteOptions = ({ state, outboxQuota }: { state: string; outboxQuota: number }) => ({
  ports: nodePorts(nodeDial(process.env)),
  folder: resolve(state),
  env: process.env,
  outboxQuota,
  engineProgram,
});

async function logs(argv: string[]): Promise<void> {
  const { state, part, since: lastMs, follow, json } = await readFlags(logsKeys, withFollow(argv));
  const { showLogs } = await import('./logs/logs-verb.ts');
  await showLogs({
    ports: nodePorts(),
    folder: resolve(state),
    parts: part ? [part] : parts,
    lastMs,
    follow,
    json,
    out: process.stdout,
    env: process.env,
    signal: untilSeenEnough(),
  });
}

async function messages(argv: string[]): Promise<void> {
  const { state, after, follow, json } = await readFlags(messagesKeys, withFollow(argv));
  const { showMessages } = await import('./commands/messages-verb.ts');
  const { http } = nodePorts();
  const signal = untilSeenEnough();
  const { stdout: out, stderr: err } = process;
  await showMessages({ http, folder: resolve(state), after, follow, json, out, err, signal });
  http.close();
}

const withFollow = (argv: string[]) => argv.map((word) => (word === '-f' ? '--follow' : word));

/** Aborts at Ctrl-C. */
function untilSeenEnough(): AbortSignal {
  const stop = new AbortController();
  stopOnSignals(() => stop.abort());
  endWithReader();
  return stop.signal;
}

/** Whoever reads may have seen enough before the end: `skerry agent logs | head`. */
const endWithReader = () => process.stdout.on('error', () => process.exit(0));

async function supportBundle(argv: string[]): Promise<void> {
  const { values, rest } = await readSettings(bundleKeys, argv);
  const [file] = rest;
  if (file === undefined || rest.length > 1)
    throw agentError('BadUsage', 'name one file for the bundle', {
      next: 'For example: `skerry agent support-bundle till-1.tar.gz`.',
    });
  const { writeBundle } = await import('./support/bundle-verb.ts');
  const bytes = await writeBundle({ ...siteOptions(values), file: resolve(file), agentVersion: version });
  const words = `${file}: ${bytes} bytes, secrets taken out. Look at it before you hand it on.`;
  process.stdout.write(`${values.json ? JSON.stringify({ file, bytes }) : words}\n`);
}
