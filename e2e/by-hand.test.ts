import assert from 'node:assert/strict';
import { appendFile, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type DeploymentResource,
  type DeploymentRevision,
  type DeviceResource,
  type HubEvent,
  newPeopleToken,
  type OipResponse,
} from '@skerry/contracts';
import {
  type CliOptions,
  cliEntry,
  digitsFolder,
  entryOf,
  freePort,
  mustRun,
  openStage,
  postFrame,
  runCli,
  type Stage,
  until,
} from '@skerry/testkit';

const example = entryOf('examples/meter-reading');

test('by hand, as a person would on two machines, with the shipped command', async (t) => {
  const stage = openStage(t, { built: true });
  const skerry = (...args: string[]) => mustRun(stage, args);
  const piped = (input: string, ...args: string[]) => mustRun(stage, args, { input });
  const json = async <T>(...args: string[]) => (await skerry(...args, '--json')).json<T>();

  const hub = await runHubByHand(stage);
  const fleet = await writeFleet(stage, 'digits:1');
  const edge = await stage.makeFolder('edge');
  const restPort = await freePort();

  await t.test(
    'login compares the fingerprint, and keeps a context that only its owner can read',
    async () => {
      const wrong = await runCli(stage, [
        'login',
        hub.api,
        '--fingerprint',
        `sha256:${'0'.repeat(64)}`,
        '--token-file',
        hub.adminTokenFile,
      ]);
      assert.equal(wrong.code, 4);
      assert.match(wrong.stderr, /RootMismatch/);
      const { stdout } = await skerry(
        'login',
        hub.api,
        '--fingerprint',
        hub.fingerprint,
        '--token-file',
        hub.adminTokenFile,
      );
      assert.match(stdout, /^Logged in to http:\S+ as admin \(admin of project default\)\.$/);
    },
  );

  await t.test('model push gives the version, and again the same', async () => {
    assert.match(
      (await skerry('model', 'push', digitsFolder)).stdout,
      /^digits:1 sha256:[0-9a-f]{64} \(.*\)$/,
    );
    assert.equal((await json<{ version: number }>('model', 'push', digitsFolder)).version, 1);
    assert.match((await skerry('model', 'ls')).stdout, /digits/);
    assert.match((await skerry('model', 'show', 'digits')).stdout, /digits/);
  });

  await t.test('device token prints the one string; agent join - takes it from stdin', async () => {
    const token = (await skerry('device', 'token', '--name', 'camera1', '-l', 'role=meter')).stdout;
    assert.match(token, /^skerry-join\.\S+$/);
    const joined = await piped(token, 'agent', 'join', '-', '--state', edge);
    assert.match(joined.stdout, /camera1/);
    const [listed] = await json<{ id: string; used: number }[]>('device', 'token', 'ls');
    assert.equal(listed?.used, 1);
    const second = await json<{ id: string }>('device', 'token', '--uses', '5', '--expires', '1h');
    assert.match((await skerry('device', 'token', 'revoke', second.id)).stdout, /Revoked/);
    assert.match((await skerry('device', 'token', 'ls')).stdout, /revoked/);
  });

  await t.test('diff shows what apply would do, and changes nothing', async () => {
    const { stdout } = await skerry('diff', fleet);
    assert.match(stdout, /^\+ Site leeds$/m);
    assert.match(stdout, /^\+ Deployment meter-reading$/m);
    assert.match(stdout, /1 device changes: camera1/);
    assert.match((await skerry('apply', fleet, '--dry-run')).stdout, /2 to create, 0 to change, 0 unchanged/);
    assert.deepEqual(await json('deployment', 'ls'), []);
  });

  const ports = [
    ...['--rest-port', String(restPort), '--grpc-port', String(await freePort())],
    ...['--metrics-port', String(await freePort())],
  ];
  stage.start({ name: 'agent run', entry: cliEntry, args: ['agent', 'run', '--state', edge, ...ports] });

  await t.test('apply --yes --wait ends when the device serves', async () => {
    const { stdout, stderr } = await skerry('apply', fleet, '--yes', '--wait', '60s');
    assert.match(stdout, /2 to create/);
    assert.match(stderr, /✓ .*ready/);
    assert.match((await skerry('apply', fleet, '--yes')).stdout, /0 to create, 0 to change, 2 unchanged/);
  });

  await t.test('devices, device show and status tell how it is', async () => {
    assert.match(
      (await skerry('device', 'label', 'camera1', '--site', 'leeds', 'floor=2')).stdout,
      /site leeds.*floor=2/,
    );
    const url = `http://127.0.0.1:${restPort}`;
    assert.equal(await postFrame(`${url}/pipelines/camera/frames`, '/cameras/1', 1), 200);
    const isReady = async () => /✓ camera1\s+leeds\s+Ready/.test((await skerry('devices', '--all')).stdout);
    await until(isReady, { what: 'the list shows that the device is ready', every: 200 });
    const [device] = await json<DeviceResource[]>('devices');
    assert.equal(device?.status.reported.models?.digits?.serving?.version, '1');

    const shown = (await skerry('device', 'show', 'camera1', '--utc')).stdout;
    for (const word of [
      'Connected',
      'UpToDate',
      'Ready',
      'TimeKnown',
      'STREAM',
      'EVENTS',
      'set by Deployment',
    ])
      assert.match(shown, new RegExp(word));
    const details = await json<{ device: DeviceResource; events: HubEvent[] }>('device', 'show', 'camera1');
    assert.equal(details.device.metadata.name, 'camera1');

    assert.match((await skerry('status')).stdout, /Devices +1: 1 ready/);
    assert.equal((await json<{ devices: { ready: number } }>('status')).devices.ready, 1);
    assert.match((await skerry('agent', 'status', '--state', edge)).stdout, /camera1/);
  });

  await t.test('infer asks the model', async () => {
    const url = `http://127.0.0.1:${restPort}`;
    const answer = await json<OipResponse>('infer', 'digits', join(example, 'seven.json'), '--url', url);
    const scores = answer.outputs[0]!.data as number[];
    assert.equal(scores.indexOf(Math.max(...scores)), 7);
    assert.match(
      (await skerry('infer', 'digits', join(example, 'seven.json'), '--url', url)).stdout,
      /probabilities/,
    );
  });

  await t.test('events tell who did what', async () => {
    const lines = (await skerry('events', '--json')).stdout
      .split('\n')
      .map((line) => JSON.parse(line) as HubEvent);
    assert.ok(
      lines.some(
        ({ reason, about, by }) =>
          reason === 'Created' && about === 'deployment/meter-reading' && by === 'admin',
      ),
    );
    assert.match((await skerry('events', '--device', 'camera1', '--utc')).stdout, /Joined/);
  });

  await t.test('a change can be looked at, and undone', async () => {
    const model = await stage.makeFolder('model');
    await cp(digitsFolder, model, { recursive: true });
    await appendFile(join(model, 'model.yaml'), '# another version\n');
    assert.match((await skerry('model', 'push', model)).stdout, /^digits:2 /);
    const newer = await writeFleet(stage, 'digits:2');
    assert.match((await skerry('diff', newer)).stdout, /^~ Deployment meter-reading$/m);
    await skerry('apply', newer, '--yes');
    await skerry('deployment', 'undo', 'meter-reading');
    const history = await json<DeploymentRevision[]>('deployment', 'history', 'meter-reading');
    assert.deepEqual(
      history.map(({ action, by }) => `${action} by ${by}`),
      ['Undone by admin', 'Changed by admin', 'Created by admin'],
    );
    assert.match((await skerry('deployment', 'history', 'meter-reading')).stdout, /Undone/);
    assert.match((await skerry('deployment', 'ls')).stdout, /meter-reading.*digits:1/);
    assert.match((await skerry('deployment', 'show', 'meter-reading')).stdout, /ref: "?digits:1"?/);
    const [deployment] = await json<DeploymentResource[]>('deployment', 'ls');
    assert.equal(deployment?.status.models.digits?.version, '1');
    await skerry('apply', fleet, '--yes', '--wait', '60s');
  });

  await t.test('explain knows every code', async () => {
    assert.match((await skerry('explain', 'AcceptanceFailed')).stdout, /^AcceptanceFailed: /);
    assert.equal((await json<{ exit: number }>('explain', 'Unreachable')).exit, 5);
  });

  await t.test('what goes wrong has its exit status, its code and what to do next', () =>
    failures(stage, hub, fleet),
  );
});

async function failures(stage: Stage, hub: HubByHand, fleet: string): Promise<void> {
  const fails = async (exit: number, code: string, args: string[], options?: CliOptions) => {
    const { code: status, stderr } = await runCli(stage, args, options);
    assert.equal(status, exit, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, new RegExp(`\\b${code}\\b`));
    assert.match(stderr, /Next: /);
    return stderr;
  };
  const misspelt = join(stage.folder, 'misspelt.yaml');
  await writeFile(misspelt, fleetText('digits:1').replace('selector:', 'selectr:'));
  const said = await fails(2, 'InvalidFile', ['apply', misspelt, '--yes']);
  assert.match(said, /misspelt\.yaml:\d+:\d+/);
  assert.match(said, /did you mean "selector"/);
  await fails(2, 'BadUsage', ['device', 'token', '--uses', 'many']);
  await fails(2, 'BadUsage', ['divices']);
  await fails(3, 'NotFound', ['device', 'show', 'nobody']);
  await fails(3, 'ModelNotFound', ['apply', await writeFleet(stage, 'digits:99'), '--yes']);
  await fails(4, 'NotLoggedIn', ['devices'], { env: { XDG_CONFIG_HOME: await stage.makeFolder('nobody') } });
  await mustRun(stage, ['device', 'token', '--name', 'absent', '-l', 'role=meter']).then(
    ({ stdout: token }) =>
      mustRun(stage, ['agent', 'join', '-', '--state', join(stage.folder, 'absent')], { input: token }),
  );
  await fails(6, 'DeadlineExceeded', ['apply', fleet, '--yes', '--wait', '1s']);
  const asJson = await runCli(stage, ['device', 'show', 'nobody', '--json']);
  assert.equal(JSON.parse(asJson.stderr).error.code, 'NotFound');

  const viewer = { env: { XDG_CONFIG_HOME: await logInAsViewer(stage, hub) } };
  await mustRun(stage, ['devices'], viewer);
  await fails(4, 'Forbidden', ['deployment', 'undo', 'meter-reading'], viewer);

  const waiting = stage.start({
    name: 'waiting apply',
    entry: cliEntry,
    args: ['apply', fleet, '--yes', '--wait', '5m'],
  });
  await until(() => waiting.stderr.some((line) => line.includes('absent')), { what: 'apply waits' });
  waiting.signal('SIGINT');
  assert.equal((await waiting.exited).code, 130);

  await hub.stop();
  await fails(5, 'Unreachable', ['devices']);
}

/** Gives a token to somebody who may only look; the folder where their context is kept. */
async function logInAsViewer(stage: Stage, hub: HubByHand): Promise<string> {
  const adminToken = (await readFile(hub.adminTokenFile, 'utf8')).trim();
  const answer = await fetch(`${hub.api}/api/v1/projects/default/people-tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'visitor', role: 'viewer' }),
  });
  const { token } = newPeopleToken.parse(await answer.json());
  const folder = await stage.makeFolder('visitor');
  const args = ['login', hub.api, '--fingerprint', hub.fingerprint];
  await mustRun(stage, args, { input: token, env: { XDG_CONFIG_HOME: folder } });
  return folder;
}

interface HubByHand {
  readonly api: string;
  readonly fingerprint: string;
  readonly adminTokenFile: string;
  stop(): Promise<unknown>;
}

async function runHubByHand(stage: Stage): Promise<HubByHand> {
  const free = ['--listen', '--devices-listen', '--mqtt-listen'].flatMap((flag) => [flag, '127.0.0.1:0']);
  const args = ['hub', 'run', '--data', join(stage.folder, 'hub'), '--advertise', '127.0.0.1', ...free];
  const program = stage.start({ name: 'hub run', entry: cliEntry, args });
  const ready = await program.said((line) => JSON.parse(line) as Omit<HubByHand, 'stop'>, 'that it is ready');
  return { ...ready, stop: () => program.stop() };
}

function fleetText(ref: string): string {
  return `apiVersion: skerry.dev/v1alpha1
kind: Site
metadata: { name: leeds, labels: { region: north } }
spec: { timeZone: Europe/London }
---
apiVersion: skerry.dev/v1alpha1
kind: Deployment
metadata: { name: meter-reading }
spec:
  selector: { matchLabels: { role: meter } }
  models:
    digits: { ref: "${ref}" }
  pipelines:
    camera:
      source: { http: {} }
      stages:
        - decode: { pixels: [8, 8] }
        - infer: { model: digits }
      sinks:
        hub: { outbox: { stream: result } }
`;
}

async function writeFleet(stage: Stage, ref: string): Promise<string> {
  const path = join(stage.folder, `${ref.replace(':', '-')}.yaml`);
  await writeFile(path, fleetText(ref));
  return path;
}
