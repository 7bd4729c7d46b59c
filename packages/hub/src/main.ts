import { hostname } from 'node:os';
import { findCode } from '@skerry/contracts';
import { describeError, type Lifetime, lifetime, type SkerryError, toSkerryError } from '@skerry/kit';
import { configHelp } from '@skerry/kit/config';
import { openLog } from '@skerry/kit/log';
import { nodePorts, stopOnSignals } from '@skerry/kit/node';
import { backupVerbs } from './backup-verbs.ts';
import { envPrefix, type HubConfig, readConfig, runKeys } from './config.ts';
import { databaseError } from './db/database-errors.ts';
import { type RunningHub, startHub } from './hub.ts';
import { rotateVerb } from './rotate-verb.ts';
import type { Verb } from './verb.ts';

/**
 * The hub as a process. `run` starts its parts and stops them on SIGTERM or SIGINT within ten seconds; the other verbs
 * do one thing to its folder and end.
 */

const drainMs = 10_000;

const verbs: Readonly<Record<string, Verb>> = {
  run: {
    keys: runKeys,
    usage: 'skerry hub run [settings]',
    summary:
      'Runs the hub: API, model registry, broker, and the intent of a fleet, in one process over one folder.',
    example: 'skerry hub run --data ./skerry-hub --advertise hub.example.com',
    act: run,
  },
  ...backupVerbs,
  rotate: rotateVerb,
};

/** Without a verb, the hub runs. */
async function main(args: readonly string[]): Promise<void> {
  process.umask(0o077);
  const [word = ''] = args;
  const named = Object.hasOwn(verbs, word) ? verbs[word] : undefined;
  const { act, ...help } = named ?? verbs.run!;
  const argv = named ? args.slice(1) : args;
  if (argv.includes('--help')) process.stdout.write(configHelp(help.keys, { ...help, envPrefix }));
  else await act(argv);
}

async function run(argv: readonly string[]): Promise<void> {
  const ports = nodePorts();
  const config = await readConfig({ argv, env: process.env }, ports.disk);
  const logger = openLog({ clock: ports.clock, name: 'hub', level: config.logLevel });
  const life = lifetime({ clock: ports.clock, logger });
  let hub: RunningHub | undefined;
  let stopping = false;
  stopOnSignals((signal) => {
    stopping = true;
    hub?.stopAccepting();
    logger.info('the hub is stopping', { signal });
    setTimeout(() => process.exit(1), drainMs).unref();
    void stop(life).finally(() => logger.flush());
  });
  try {
    hub = await startHub({ config, ports, logger, life, hostname: hostname() });
  } catch (error) {
    // Asked to stop while it started, it has not failed.
    if (stopping) return;
    throw error;
  }
  announce(hub, config);
}

async function stop(life: Lifetime): Promise<void> {
  process.exitCode = await life.stop().then(
    () => 0,
    () => 1,
  );
}

/** For a supervisor one JSON line on stdout; for a person, on a terminal, what they need next. */
function announce(
  { api, devices, fingerprint, adminToken, adminTokenFile }: RunningHub,
  { data }: HubConfig,
): void {
  const [first] = devices;
  if (!process.stdout.isTTY)
    process.stdout.write(
      `${JSON.stringify({ ready: true, api, devices: first, fingerprint, adminTokenFile })}\n`,
    );
  if (!process.stderr.isTTY) return;
  const lines = [
    `The hub is ready; all that it keeps is in ${data}.`,
    `  people       ${api}`,
    `  devices      ${devices.join(', ')}`,
    `  fingerprint  ${fingerprint}`,
    `  admin token  ${adminToken ?? `in ${adminTokenFile}`}`,
    ...(adminToken ? [`               shown this once; it stands in ${adminTokenFile}`] : []),
    `Next: skerry login ${api}`,
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}

function fail(error: unknown): void {
  const known = toSkerryError(databaseError(error) ?? error, {
    code: 'Internal',
    detail: describeError(error),
    next: 'Please report it.',
  });
  process.stderr.write(process.stderr.isTTY ? forPeople(known) : `${JSON.stringify(forPrograms(known))}\n`);
  if (known.code === 'Internal') process.stderr.write(`${(error as Error).stack ?? error}\n`);
  process.exit(findCode(known.code)?.exit ?? 1);
}

const forPeople = ({ detail, next, code }: SkerryError) =>
  `${detail}\n${next}\n(${code}; skerry explain ${code})\n`;
const forPrograms = ({ detail, next, code }: SkerryError) => ({
  level: 60,
  name: 'hub',
  code,
  msg: detail,
  next,
});

process.on('uncaughtException', fail);
main(process.argv.slice(2)).catch(fail);
