import { resolve } from 'node:path';
import { nodePorts, stopOnSignals } from '@skerry/kit/node';
import { checkKeys, logsKeys } from './config.ts';
import { parts } from './logs/log-paths.ts';
import { programOf } from './program.ts';
import { readSettings } from './settings.ts';
import type { Verb } from './verb.ts';

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
} satisfies Readonly<Record<string, Verb>>;

async function check(argv: string[]): Promise<void> {
  const { state, outboxQuota, json } = await readSettings(checkKeys, argv);
  const { checkAndTell } = await import('./check/check-verb.ts');
  const ok = await checkAndTell({
    ports: nodePorts(),
    folder: resolve(state),
    env: process.env,
    outboxQuota,
    engineProgram: programOf('../../runtime/src/engines/try-engine-child.ts'),
    json,
    out: process.stdout,
  });
  process.exitCode = ok ? 0 : 1;
}

async function logs(argv: string[]): Promise<void> {
  const words = argv.map((word) => (word === '-f' ? '--follow' : word));
  const { state, part, since: lastMs, follow, json } = await readSettings(logsKeys, words);
  const { showLogs } = await import('./logs/logs-verb.ts');
  const stop = new AbortController();
  stopOnSignals(() => stop.abort());
  // Whoever reads may have seen enough: `skerry agent logs | head`.
  process.stdout.on('error', () => process.exit(0));
  await showLogs({
    ports: nodePorts(),
    folder: resolve(state),
    parts: part ? [part] : parts,
    lastMs,
    follow,
    json,
    out: process.stdout,
    env: process.env,
    signal: stop.signal,
  });
}
