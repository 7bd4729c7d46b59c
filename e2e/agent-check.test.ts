import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { cliEntry, mustRun, openStage, runCli, type Stage, startMeterSite, until } from '@skerry/testkit';

interface Finding {
  readonly check: string;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly message: string;
  readonly next?: string;
}

test('a check tells what is wrong and what to do, with the hub, without it, and without the agent', async (t) => {
  const stage = openStage(t);
  const { hub, agent } = await startMeterSite(stage);
  const { state } = agent;

  const well = await check(stage, state);
  assert.deepEqual(failures(well), []);
  assert.equal(well.code, 0);
  assert.match(
    messages(well, 'link'),
    /TCP, TLS \(the hub’s certificate is valid for .*\), HTTPS, MQTT over WebSocket/,
  );
  assert.match(messages(well, 'engine'), /onnxruntime .* runs a tiny model/);
  assert.match(messages(well, 'models'), /digits:1 is whole/);

  await hub.stop();
  const alone = await check(stage, state);
  assert.deepEqual(failures(alone), ['link'], 'only the hub is missing');
  assert.match(messages(alone, 'link'), /no TCP: .*ECONNREFUSED/);
  assert.equal(alone.code, 1);
  assert.equal((await agent.runtime()).models[0]?.phase, 'Serving', 'nobody was disturbed');

  await agent.stop();
  await chmod(join(state, 'identity/key.pem'), 0o644);
  await corrupt(join(state, 'artifacts/models'), 'digits_cnn.onnx');
  const damaged = await check(stage, state);
  assert.deepEqual(failures(damaged), ['files', 'link', 'models']);
  assert.match(messages(damaged, 'agent'), /no agent runs/);
  assert.match(messages(damaged, 'files'), /key\.pem is open to other users \(0644\)/);
  assert.match(remedies(damaged, 'files'), /chmod 0600 .*key\.pem/);
  assert.match(messages(damaged, 'models'), /digits:1 is damaged: digits_cnn\.onnx/);
  assert.equal(damaged.code, 1);
  assert.equal((await stat(join(state, 'identity/key.pem'))).mode & 0o777, 0o644, 'a check repairs nothing');

  const words = await runCli(stage, ['agent', 'check', '--state', state]);
  assert.equal(words.code, 1);
  assert.match(words.stdout, /^✗ files +.*key\.pem.*\n +→ .*chmod 0600/m);
  assert.match(words.stdout, /^✓ engine/m);
});

test('without its hub a device tells how it is, what was said, and packs both for somebody who helps', async (t) => {
  const stage = openStage(t);
  const { hub, agent } = await startMeterSite(stage);
  const of = ['--state', agent.state];
  await hub.stop();
  await until(async () => /Connected +no/.test((await mustRun(stage, ['agent', 'status', ...of])).stdout), {
    what: 'the status says that the hub is gone',
  });
  const { stdout: status } = await mustRun(stage, ['agent', 'status', ...of]);
  assert.match(status, /model +digits:1 +Serving/);

  const following = stage.start({
    name: 'skerry agent logs -f',
    entry: cliEntry,
    args: ['agent', 'logs', '-f', '--json', ...of],
  });
  const heard = (name: string, msg: string) =>
    following.said((line) => (isSaid(line, name, msg) ? true : undefined), `${name}: ${msg}`);
  await heard('agent', 'ready');
  await heard('runtime', 'a model version serves');
  process.kill((await agent.runtime()).pid, 'SIGKILL');
  await heard('agent', 'the runtime ended');
  await following.stop();

  const file = join(stage.folder, 'bundle.tar.gz');
  await mustRun(stage, ['agent', 'support-bundle', file, ...of]);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const bundle = gunzipSync(await readFile(file)).toString('latin1');
  for (const held of ['skerry-support/logs/agent.log', 'skerry-support/desired.json', '"the runtime ended"'])
    assert.ok(bundle.includes(held), `${held} is in the bundle`);
  const key = (await readFile(join(agent.state, 'identity/key.pem'), 'utf8')).split('\n').slice(1, -2);
  for (const line of key) assert.ok(!bundle.includes(line), 'the key is not');
  const again = await runCli(stage, ['agent', 'support-bundle', file, ...of]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /is there already/);

  await agent.stop();
  const { stdout: agents } = await mustRun(stage, [
    'agent',
    'logs',
    '--part',
    'agent',
    '--since',
    '1h',
    ...of,
  ]);
  assert.match(agents, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d agent +info +the agent is stopping signal=SIGTERM$/m);
  const { code, stderr } = await runCli(stage, ['agent', 'status', ...of]);
  assert.equal(code, 5);
  assert.match(stderr, /no agent runs on/);
});

function isSaid(line: string, name: string, msg: string): boolean {
  const said = JSON.parse(line) as { name: string; msg: string };
  return said.name === name && said.msg === msg;
}

async function check(stage: Stage, state: string) {
  const result = await runCli(stage, ['agent', 'check', '--state', state, '--json']);
  const { findings } = result.json<{ findings: Finding[] }>();
  return { code: result.code, findings };
}

type Checked = Awaited<ReturnType<typeof check>>;
const failures = ({ findings }: Checked) => [
  ...new Set(findings.filter(({ status }) => status === 'fail').map(({ check }) => check)),
];
const of = ({ findings }: Checked, name: string) => findings.filter(({ check }) => check === name);
const messages = (checked: Checked, name: string) =>
  of(checked, name)
    .map(({ message }) => message)
    .join('\n');
const remedies = (checked: Checked, name: string) =>
  of(checked, name)
    .map(({ next }) => next)
    .join('\n');

/** One byte of a file somewhere below a folder, as a worn card would. */
async function corrupt(folder: string, name: string): Promise<void> {
  const found = (await readdir(folder, { recursive: true })).find((path) => path.endsWith(name));
  assert.ok(found, `${name} is below ${folder}`);
  const bytes = await readFile(join(folder, found));
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(join(folder, found), bytes);
}
