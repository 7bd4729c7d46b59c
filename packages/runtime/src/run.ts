import { fileURLToPath } from 'node:url';
import { findCode } from '@skerry/contracts';
import { describeError, entryUrl, isSkerryError, lifetime } from '@skerry/kit';
import { configHelp, resolveConfig, withConfigFile } from '@skerry/kit/config';
import { type OpenLog, openLog } from '@skerry/kit/log';
import { nodePorts, stopOnSignals } from '@skerry/kit/node';
import { prepareSecurity } from './access/prepare.ts';
import { openSecurity } from './access/security.ts';
import type { Context } from './context.ts';
import { failure } from './errors.ts';
import { modelTable } from './models/model-table.ts';
import { type Settings, settingKeys } from './settings.ts';
import type { Ready } from './standalone.ts';
import { pulseIn } from './threads/pulse.ts';

const VERSION = '0.1.0';
const ENV_PREFIX = 'SKERRY_RUNTIME';

/** The runtime as a process: reads its settings, starts what they ask for, and stops on signals. */
export async function run(): Promise<void> {
  try {
    await start();
  } catch (error) {
    process.stderr.write(
      `${process.argv.includes('--ready-json') ? forPrograms(error) : forPeople(error)}\n`,
    );
    process.exitCode = exitCodeOf(error);
  }
}

async function start(): Promise<void> {
  if (process.argv.includes('--help')) return showHelp();
  const ports = nodePorts();
  const given = { argv: process.argv.slice(2), env: process.env, envPrefix: ENV_PREFIX };
  const settings = resolveConfig(settingKeys, await withConfigFile(given, ports.disk)).values;
  const logger = openLog({ clock: ports.clock, name: 'runtime', level: settings.logLevel });
  const life = lifetime({ clock: ports.clock, logger });
  let stopping = false;
  let canExit = true;
  const stop = async () => {
    stopping = true;
    logger.info('stopping');
    await life.stop().catch(() => {
      process.exitCode = 1;
    });
    ports.http.close();
    logger.flush();
    if (!canExit) giveUp(logger, 'a call of a model did not come back, and its thread cannot be ended');
  };
  stopOnSignals(() => void stop());
  const begin = async () => {
    const tools = { ...ports, settings, logger, life };
    const certificateChild = childProgram('./access/certificate-child.ts');
    const security = await openSecurity(await prepareSecurity({ ...tools, certificateChild }), tools);
    const context: Context = {
      settings,
      ports,
      logger,
      life,
      models: modelTable(),
      security,
      pulse: pulseIn(),
      version: VERSION,
      pid: process.pid,
      isReady: () => !stopping,
      usage: () => ({ memoryBytes: process.memoryUsage.rss(), cpuSeconds: cpuSeconds() }),
      acceptanceChild: childProgram('./models/acceptance-child.ts'),
      giveUp: (why) => giveUp(logger, why),
      cannotExit: () => {
        canExit = false;
      },
    };
    const ready = await startMode(context, settings);
    if (settings.announce !== undefined) {
      const { announceByMdns } = await import('./announce-mdns.ts');
      await announceByMdns(context, settings.announce, ready.rest);
    }
    logger.info('ready', { rest: ready.rest, metrics: ready.metrics });
    if (settings.readyJson) process.stdout.write(`${JSON.stringify(ready)}\n`);
    else if ('samples' in ready) process.stdout.write(await announcementOf(context, ready));
  };
  // What has begun would keep the process alive.
  await begin().catch(async (error) => {
    await stop();
    throw error;
  });
}

/** A person points at a model and looks at the terminal; an agent does neither. */
async function announcementOf(context: Context, ready: Ready): Promise<string> {
  const { announcement } = await import('./announce.ts');
  return announcement(context, ready);
}

/** Each mode is imported only where it is wanted: a model server starts without pipelines and outbox. */
async function startMode(context: Context, { state, models }: Settings) {
  if (state !== undefined) {
    const { startManaged } = await import('./managed.ts');
    return { ready: true, ...(await startManaged(context, state)) };
  }
  if (models === undefined)
    throw failure('BadUsage', 'say what to serve: --models PATH, or --state FOLDER under an agent');
  const { startStandalone } = await import('./standalone.ts');
  return startStandalone(context, models);
}

/** A thread that hangs in native code cannot be stopped, and `process.exit` would wait for it. */
function giveUp(logger: OpenLog, why: string): void {
  logger.error('the process ends, since it cannot go on', { why });
  logger.flush();
  process.kill(process.pid, 'SIGKILL');
  // As the first process of a container it is spared its own signals.
  process.abort();
}

/** A child of ours: program and arguments. */
function childProgram(entry: string): [program: string, ...args: string[]] {
  return [process.execPath, ...process.execArgv, fileURLToPath(entryUrl(import.meta.url, entry))];
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function showHelp(): void {
  const about = {
    usage: 'runtime --models PATH | --state FOLDER',
    summary: 'Serves models and runs pipelines.',
    envPrefix: ENV_PREFIX,
  };
  process.stdout.write(`${configHelp(settingKeys, about)}\n`);
}

function forPeople(error: unknown): string {
  const lines = isSkerryError(error)
    ? [`  Next: ${error.next}`, `  Code: ${error.code} (skerry explain ${error.code})`]
    : [];
  return [`runtime: ${describeError(error)}`, ...lines].join('\n');
}

function forPrograms(error: unknown): string {
  const { code, title, next } = isSkerryError(error)
    ? error
    : failure('Internal', 'the runtime did not start');
  return JSON.stringify({
    error: { code, title, detail: describeError(error), next, exit: exitCodeOf(error) },
  });
}

function exitCodeOf(error: unknown): number {
  return (isSkerryError(error) && findCode(error.code)?.exit) || 1;
}
