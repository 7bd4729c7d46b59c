import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drill } from './drill.ts';
import { startFleet } from './fleet.ts';
import { keysHelp, obeyKeys } from './keys.ts';
import { openShow, verdictLine } from './show.ts';
import { judgeAll } from './verdict.ts';

/*
 * Many models on many devices, managed by a hub; and an offline drill, to watch or to play oneself. Everything is
 * done by the commands that a person would use.
 */

const INTERRUPTED = 130;
const BAD_USAGE = 2;

const values = flags();
const isPlayed = process.stdin.isTTY && process.stdout.isTTY && !values.drill && !values.json;
const end = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end.abort());
// A terminal that is gone must not keep us from ending what was started.
process.stdout.on('error', () => end.abort());

const folder = await mkdtemp(join(tmpdir(), 'skerry-native-edge-'));
const show = openShow(process.stdout, values.json, isPlayed ? keysHelp : 'Ctrl-C ends it all');
try {
  process.exitCode = await play();
} catch (error) {
  if (!end.signal.aborted) throw error;
  process.exitCode = INTERRUPTED;
} finally {
  show.close();
  await rm(folder, { recursive: true, force: true });
}

async function play(): Promise<number> {
  await using started = new AsyncDisposableStack();
  const fleet = await startFleet({ folder, started, end: end.signal }, show.say);
  show.watch(fleet);
  await fleet.until('every site serves', () => fleet.rows.every(({ site }) => site.status?.frames), 90);
  for (const { site } of fleet.rows) site.startCamera();
  const playDrill = () => drill(fleet, show.say);
  const result = isPlayed
    ? await obeyKeys(fleet, show, process.stdin, playDrill, end.signal)
    : await playDrill();
  end.signal.throwIfAborted();
  show.say('The cameras stop; their ledgers are compared with what the hub holds.');
  const sites = await judgeAll(fleet);
  for (const it of sites) show.say(verdictLine(it.site, it.recorded, it.held, it.lost, it.twice));
  const isShown = () => fleet.rows.every(({ site }) => site.status?.waiting === 0);
  await fleet.until('the table shows that nothing waits', isShown, 5).catch(() => {});
  if (values.json) process.stdout.write(`${JSON.stringify({ ...result, sites })}\n`);
  return sites.every(({ recorded, lost, twice }) => recorded > 0 && lost === 0 && twice === 0) ? 0 : 1;
}

function flags() {
  try {
    return parseArgs({
      options: { drill: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
    }).values;
  } catch (error) {
    process.stderr.write(
      `${(error as Error).message}\nUsage: npm run -s example -- native-edge [--drill] [--json]\n`,
    );
    process.exit(BAD_USAGE);
  }
}
