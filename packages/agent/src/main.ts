import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { name as deviceName, findCode } from '@skerry/contracts';
import {
  describeError,
  entryUrl,
  isSkerryError,
  type Logger,
  lifetime,
  type Ports,
  type SkerryError,
  toSkerryError,
} from '@skerry/kit';
import { configHelp, resolveConfig } from '@skerry/kit/config';
import { openLog } from '@skerry/kit/log';
import { nodePorts, serveHttpApi, stopOnSignals } from '@skerry/kit/node';
import { startAgent } from './agent.ts';
import { joinKeys, runKeys } from './config.ts';
import { runtimeAdmin } from './drivers/runtime-admin.ts';
import { runtimeDriver } from './drivers/runtime-driver.ts';
import { agentError } from './errors.ts';
import { type DeviceIdentity, readIdentity } from './identity/identity.ts';
import { inventoryOf } from './ports/machine.ts';
import { openSqliteState } from './ports/sqlite-state.ts';

/**
 * The agent as a process: `main.ts join` makes this machine a device of a hub, `main.ts run` runs it.
 *
 * SIGTERM or SIGINT stops the agent and its runtime too, so that a person's Ctrl-C leaves nothing behind. An agent
 * that is killed leaves its runtime serving; the next one adopts it.
 */

const VERSION = '0.1.0';
const ENV_PREFIX = 'SKERRY_AGENT';
const MAX_TOKEN_BYTES = 16 * 1024;

async function main([verb, ...argv]: string[]): Promise<void> {
  process.umask(0o077);
  if (verb === 'join') return argv.includes('--help') ? help('join', joinKeys) : joinHub(argv);
  if (verb === 'run') return argv.includes('--help') ? help('run', runKeys) : run(argv);
  throw agentError('BadUsage', `say what to do: join or run${verb === undefined ? '' : `, not ${verb}`}`);
}

/** Reads the token from stdin; the last line on stdout says, as JSON, which device this machine is now. */
async function joinHub(argv: string[]): Promise<void> {
  const { values } = resolveConfig(joinKeys, { argv, env: process.env, envPrefix: ENV_PREFIX });
  const folder = resolve(values.state);
  const name = values.name === undefined ? undefined : requireName(values.name);
  const { join } = await import('./identity/join.ts');
  const { http, disk, clock } = nodePorts();
  const state = openSqliteState(folder);
  try {
    const token = await readToken();
    const device = await join({
      http,
      disk,
      clock,
      state: folder,
      token,
      name,
      inventory: inventoryOf(VERSION),
    });
    const { project, deviceId, hubId, addresses } = device;
    process.stdout.write(
      `${JSON.stringify({ joined: true, device: device.name, project, deviceId, hubId, addresses })}\n`,
    );
  } finally {
    state.close();
    http.close();
  }
}

async function run(argv: string[]): Promise<void> {
  const { values } = resolveConfig(runKeys, { argv, env: process.env, envPrefix: ENV_PREFIX });
  const folder = resolve(values.state);
  const ports = nodePorts();
  const logger = openLog({ clock: ports.clock, name: 'agent', level: values.logLevel });
  const life = lifetime({ clock: ports.clock, logger });
  const stop = async () => {
    await life.stop().catch(() => {
      process.exitCode = 1;
    });
    ports.http.close();
    logger.flush();
  };
  stopOnSignals((signal) => {
    logger.info('the agent is stopping', { signal });
    void stop();
  });

  const state = await life.start(
    'state',
    () => openSqliteState(folder),
    (it) => it.close(),
  );
  const identity = await requireIdentity(ports, folder);
  const { mqttLink } = await import('./link/mqtt/mqtt-link.ts');
  const agent = await startAgent({
    ports,
    logger,
    life,
    identity,
    state,
    folder,
    inventory: inventoryOf(VERSION),
    make: {
      link: (parts) => mqttLink({ ...parts, clock: ports.clock, logger }),
      driver: (source) => driverOf(ports, logger, folder, runtimeArgs(values, folder, source)),
    },
  });
  await life.start(
    'status',
    () =>
      serveHttpApi({
        routes: { 'GET /v1/status': agent.status },
        listen: { socketPath: `${folder}/agent.sock` },
        logger,
      }),
    (api) => api.close(),
  );
  const rest = await agent.serving;
  logger.info('ready', { device: identity.name, rest });
  if (values.readyJson)
    process.stdout.write(`${JSON.stringify({ ready: true, device: identity.name, rest })}\n`);
}

type RunValues = ReturnType<typeof resolveConfig<typeof runKeys>>['values'];

function runtimeArgs(values: RunValues, folder: string, source: string): string[] {
  const { restPort, metricsPort, portSearch, outboxQuota, logLevel } = values;
  const flags = {
    outbox: `${folder}/outbox`,
    'outbox-quota': outboxQuota,
    port: restPort,
    'metrics-port': metricsPort,
    'event-source': source,
    'log-level': logLevel,
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  return portSearch ? [...args, '--port-search'] : args;
}

function driverOf(
  { processes, disk, clock, random, http }: Ports,
  logger: Logger,
  folder: string,
  args: string[],
) {
  const stateFolder = `${folder}/runtime`;
  const entry = fileURLToPath(entryUrl(import.meta.url, '../../runtime/src/main.ts'));
  // How modules are found is handed on; how much memory an agent may have is not.
  const execArgv = process.execArgv.filter((arg) => /^--(conditions|import|disable-warning)/.test(arg));
  const admin = runtimeAdmin(http, `${stateFolder}/admin.sock`);
  const program = [process.execPath, ...execArgv, entry] as const;
  return runtimeDriver({ processes, disk, clock, random, logger, admin, stateFolder, program, args });
}

async function requireIdentity({ disk }: Ports, folder: string): Promise<DeviceIdentity> {
  const identity = await readIdentity(disk, folder);
  if (identity) return identity;
  throw agentError('NotFound', `${folder} has not joined a hub`, {
    next: 'Make a token on the hub with `skerry device token`, and run `skerry agent join -` here.',
  });
}

function requireName(text: string): string {
  const parsed = deviceName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw agentError('InvalidConfig', `--name: ${parsed.error.issues[0]?.message}`);
}

async function readToken(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.length > MAX_TOKEN_BYTES) break;
  }
  if (text.trim() === '')
    throw agentError('BadUsage', 'no token came on stdin', {
      next: 'Pipe it in: `skerry agent join - < token`.',
    });
  return text;
}

function help(verb: string, keys: typeof joinKeys | typeof runKeys): void {
  const usage = verb === 'join' ? 'agent join [flags] < TOKEN' : 'agent run [flags]';
  const summary =
    verb === 'join'
      ? 'Makes this machine a device of a hub, by a token.'
      : 'Runs models and pipelines as the hub wants them.';
  process.stdout.write(`${configHelp(keys, { usage, summary, envPrefix: ENV_PREFIX })}\n`);
}

function fail(error: unknown): void {
  const known = toSkerryError(error, {
    code: 'Internal',
    detail: describeError(error),
    next: 'Please report it.',
  });
  process.stderr.write(process.stderr.isTTY ? forPeople(known) : `${JSON.stringify(forPrograms(known))}\n`);
  if (!isSkerryError(error)) process.stderr.write(`${(error as Error).stack ?? error}\n`);
  process.exitCode = findCode(known.code)?.exit ?? 1;
}

const forPeople = ({ detail, next, code }: SkerryError) =>
  `${detail}\n${next}\n(${code}; skerry explain ${code})\n`;
const forPrograms = ({ detail, next, code }: SkerryError) => ({
  level: 60,
  name: 'agent',
  code,
  msg: detail,
  next,
});

main(process.argv.slice(2)).catch(fail);
