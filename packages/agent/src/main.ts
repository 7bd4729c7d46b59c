import { resolve } from 'node:path';
import { name as deviceName, findCode, streamTtlsText } from '@skerry/contracts';
import {
  describeError,
  isSkerryError,
  type Lifetime,
  lifetime,
  type Ports,
  type SkerryError,
  toSkerryError,
} from '@skerry/kit';
import { configHelp } from '@skerry/kit/config';
import { machineBoot, nodeDial, nodeHttp, nodePorts, serveHttpApi, stopOnSignals } from '@skerry/kit/node';
import { commandHelpers } from './commands/helpers.ts';
import { messagesHandler } from './commands/inbox-api.ts';
import { joinKeys, runKeys, statusKeys } from './config.ts';
import { servingArgs } from './drivers/serving-args.ts';
import { agentError } from './errors.ts';
import type { DeviceIdentity } from './identity/identity.ts';
import { readIdentity } from './identity/kept-identity.ts';
import { type AgentLog, openAgentLog } from './logs/agent-log.ts';
import { offlineVerbs } from './offline-verbs.ts';
import { inventoryOf } from './ports/machine.ts';
import { openSqliteState, openStatePatiently } from './ports/sqlite-state.ts';
import { engineProgram, programOf } from './program.ts';
import { runCommand } from './run-command.ts';
import { envPrefix, readFlags, readSettings } from './settings.ts';
import { askStatus, statusSocket } from './status/ask-status.ts';
import type { Verb } from './verb.ts';
import { version } from './version.ts';

/**
 * The agent as a process: `join` makes this machine a device of a hub, `run` runs it, `status` asks the one that runs.
 *
 * SIGTERM or SIGINT stops the agent and its runtime too, so that a person's Ctrl-C leaves nothing behind. An agent
 * that is killed leaves its runtime serving; the next one adopts it.
 */

const MAX_TOKEN_BYTES = 16 * 1024;

const verbs: Readonly<Record<string, Verb>> = {
  join: {
    keys: joinKeys,
    usage: 'skerry agent join - < TOKEN',
    summary: 'Makes this machine a device of the hub that made the token.',
    example: 'skerry agent join - --name till-1 < token',
    act: joinHub,
  },
  run: {
    keys: runKeys,
    usage: 'skerry agent run',
    summary: 'Runs what the hub wants on this device, with the hub or without.',
    example: 'skerry agent run --state /var/lib/skerry',
    act: run,
  },
  status: {
    keys: statusKeys,
    usage: 'skerry agent status',
    summary: 'Says how the agent that runs on this machine is.',
    example: 'skerry agent status --json',
    act: showStatus,
  },
  ...offlineVerbs,
};

async function main([word = '', ...argv]: string[]): Promise<void> {
  process.umask(0o077);
  const verb = Object.hasOwn(verbs, word) ? verbs[word] : undefined;
  if (!verb) throw agentError('BadUsage', `say what to do: ${Object.keys(verbs).join(', ')}`);
  if (argv.includes('--help')) process.stdout.write(helpOf(verb));
  else await verb.act(argv);
}

const helpOf = ({ keys, usage, summary, example }: Verb) =>
  `${configHelp(keys, { usage, summary, envPrefix })}\nExample:\n  ${example}\n`;

/** Reads the token from stdin; says on stdout which device this machine is now: to a person in words, else as JSON. */
async function joinHub(argv: string[]): Promise<void> {
  const { state: folder, name, json } = (await readSettings(joinKeys, argv)).values;
  const wish = name === undefined ? undefined : requireName(name);
  const { join } = await import('./identity/join.ts');
  const { http, disk, clock } = nodePorts(nodeDial(process.env));
  const token = await readToken();
  const state = openSqliteState(resolve(folder), clock);
  try {
    const inventory = inventoryOf(version);
    const device = await join({ http, disk, clock, state: resolve(folder), token, name: wish, inventory });
    const { project, deviceId, hubId, addresses } = device;
    const joined = { joined: true, device: device.name, project, deviceId, hubId, addresses };
    const words = `${device.name} is a device of project ${project} now. Next: ${runCommand(folder)}`;
    process.stdout.write(`${json || !process.stdout.isTTY ? JSON.stringify(joined) : words}\n`);
  } finally {
    state.close();
    http.close();
  }
}

async function showStatus(argv: string[]): Promise<void> {
  const { state, json } = await readFlags(statusKeys, argv);
  const status = await askStatus(nodePorts().http, resolve(state));
  const { statusText } = await import('./status/status-text.ts');
  process.stdout.write(`${json ? JSON.stringify(status) : statusText(status)}\n`);
}

async function run(argv: string[]): Promise<void> {
  const values = await readFlags(runKeys, argv);
  const ports = nodePorts(nodeDial(process.env));
  const logger = openAgentLog({ clock: ports.clock, level: values.logLevel });
  process.on('uncaughtExceptionMonitor', (error) =>
    logger.keep('the agent ended by an error of its own', error),
  );
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
  const { device, rest } = await start(values, ports, logger, life).catch((error) => {
    logger.keep('the agent did not start', error);
    throw error;
  });
  logger.info('ready', { device, rest });
  if (values.readyJson) process.stdout.write(`${JSON.stringify({ ready: true, device, rest })}\n`);
}

/** A model is several files, and a handshake costs the hub more than most of them. */
const KEEP_FOR_MS = 5_000;

type RunValues = Awaited<ReturnType<typeof readFlags<typeof runKeys>>>;

/** Resolves once the runtime is up. */
async function start(values: RunValues, ports: Ports, logger: AgentLog, life: Lifetime) {
  const folder = resolve(values.state);
  const state = await life.start(
    'state',
    () =>
      openStatePatiently(folder, ports, (error) =>
        logger.error('what the agent remembered is damaged: set aside as agent.db.bad, and begun anew', {
          error,
        }),
      ),
    (it) => it.close(),
  );
  await life.start(
    'log',
    () => logger.keepIn(folder),
    (it) => it.close(),
  );
  const identity = await requireIdentity(ports, folder);
  const serving = await servingArgs(ports.disk, values.servingHost, `${folder}/serving`);
  const [{ startAgent }, { hubLink }, { wires }, { runtimeDriver }, { runtimeAdmin }] = await Promise.all([
    import('./agent.ts'),
    import('./link/hub-link.ts'),
    import('./link/wires.ts'),
    import('./drivers/runtime-driver.ts'),
    import('./drivers/runtime-admin.ts'),
  ]);
  const { clock, random, http } = ports;
  const dial = nodeDial(process.env);
  const hubHttp = await life.start(
    'connections to the hub',
    () => nodeHttp({ dial, keepForMs: KEEP_FOR_MS }),
    (it) => it.close(),
  );
  const openHttp = () => nodeHttp({ dial, keepAlive: true });
  const stateFolder = `${folder}/runtime`;
  const admin = runtimeAdmin(http, `${stateFolder}/admin.sock`);
  const agent = await startAgent({
    ports: { ...ports, http: hubHttp },
    logger,
    life,
    identity,
    state,
    folder,
    inventory: inventoryOf(version),
    machineBoot: await machineBoot(ports.disk, ports.clock),
    outbox: { quota: values.outboxQuota, ttls: values.outboxTtl },
    make: {
      helpers: commandHelpers({
        ports,
        folder,
        env: process.env,
        outboxQuota: values.outboxQuota,
        engineProgram,
      }),
      link: (self, currentPace) =>
        hubLink({ self, wires, currentPace, clock, random, logger, dial, openHttp }),
      driver: (source) =>
        runtimeDriver({
          ...ports,
          logger,
          admin,
          stateFolder,
          program: programOf('../../runtime/src/main.ts'),
          args: [...runtimeArgs(values, folder, source), ...serving],
        }),
    },
  });
  await life.start(
    'status',
    () =>
      serveHttpApi({
        routes: {
          'GET /v1/status': agent.status,
          'GET /v1/messages': messagesHandler(state.inbox, clock),
        },
        listen: { socketPath: statusSocket(folder) },
        logger,
      }),
    (api) => api.close(),
  );
  return { device: identity.name, rest: await agent.serving };
}

function runtimeArgs(values: RunValues, folder: string, source: string): string[] {
  const { restPort, grpcPort, metricsPort, portSearch, outboxQuota, outboxTtl, logLevel } = values;
  const flags = {
    outbox: `${folder}/outbox`,
    'outbox-quota': outboxQuota,
    'outbox-ttl': streamTtlsText(outboxTtl),
    port: restPort,
    'grpc-port': grpcPort,
    'metrics-port': metricsPort,
    'event-source': source,
    'log-level': logLevel,
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  return portSearch ? [...args, '--port-search'] : args;
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
  if (text.trim() !== '') return text;
  throw agentError('BadUsage', 'no token came on stdin', {
    next: 'Pipe it in: `skerry agent join - < token`.',
  });
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
