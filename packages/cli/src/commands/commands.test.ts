import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Admission, DeploymentResource, DeviceResource, HubEvent } from '@skerry/contracts';
import { digitsFolder, joinDevice, openStage, startHub } from '@skerry/testkit';
import { runCommand } from '../test-cli.ts';

const fleetFile = join(digitsFolder, '..', 'fleet.yaml');

test('commands against a real hub', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  const config = join(stage.folder, 'person');
  const tokenFile = join(hub.data, 'admin-token');
  const run = (...args: string[]) => runCommand(args, { config });
  const must = async (...args: string[]) => {
    const result = await run(...args);
    assert.equal(result.exit, 0, result.stderr);
    return { ...result, json: <T>() => JSON.parse(result.stdout) as T };
  };
  const logIn = ['login', hub.api, '--token-file', tokenFile];

  await t.test('nobody logs in without having compared the fingerprint', async () => {
    assert.equal((await run(...logIn)).exit, 2);
    const other = await run(...logIn, '--fingerprint', `sha256:${'0'.repeat(64)}`);
    assert.equal(other.exit, 4);
    assert.match(other.stderr, /RootMismatch/);
    assert.equal((await run('devices')).exit, 4);
  });

  await t.test('a login is kept where only its owner can read it; the token is not shown', async () => {
    const { stdout, stderr } = await must(...logIn, '--fingerprint', hub.fingerprint);
    assert.doesNotMatch(stdout + stderr, new RegExp(hub.adminToken));
    const { mode } = await stat(join(config, 'skerry', 'contexts.json'));
    assert.equal(mode & 0o777, 0o600);
    const pipe = (input: string) =>
      runCommand(['login', hub.api, '--fingerprint', hub.fingerprint], { config, input });
    assert.equal((await pipe(hub.adminToken)).exit, 0);
    assert.equal((await pipe('wrong')).exit, 4);
    await must('status');
  });

  await t.test('a model is pushed once, and named by an alias', async () => {
    const first = (await must('model', 'push', digitsFolder, '--json')).json<{
      version: number;
      digest: string;
    }>();
    const second = (await must('model', 'push', digitsFolder, '--json')).json<{
      version: number;
      digest: string;
    }>();
    assert.deepEqual([first.version, second.version, first.digest], [1, 1, second.digest]);
    await must('model', 'alias', 'digits', 'champion', '1');
    assert.match((await must('model', 'show', 'digits')).stdout, /aliases champion=1/);
    assert.equal((await run('model', 'show', 'nothing')).exit, 3);
  });

  await t.test('a fleet file is compared, applied, and found applied; nobody is asked', async () => {
    const before = (await must('diff', fleetFile, '--json')).json<{ objects: { action: string }[] }>();
    assert.deepEqual(
      before.objects.map(({ action }) => action),
      Array(4).fill('create'),
    );
    assert.match((await must('apply', fleetFile, '--dry-run')).stdout, /4 to create/);
    assert.deepEqual((await must('deployment', 'ls', '--json')).json(), []);
    await must('apply', fleetFile);
    const { stdout } = await must('diff', fleetFile);
    assert.match(stdout, /0 to create, 0 to change, 4 unchanged/);
  });

  await t.test(
    'a change shows old and new, and what the file no longer mentions stays and is named',
    async () => {
      const { spec } = (
        await must('deployment', 'show', 'meter-reading', '--json')
      ).json<DeploymentResource>();
      const changed = join(stage.folder, 'changed.yaml');
      const object = {
        apiVersion: 'skerry.dev/v1alpha1',
        kind: 'Deployment',
        metadata: { name: 'other' },
        spec,
      };
      await writeFile(changed, JSON.stringify({ ...object, spec: { ...spec, priority: 5 } }));
      const { stdout } = await must('apply', changed);
      assert.match(stdout, /\+ spec\.priority: 5/);
      assert.match(stdout, /left as they are: Deployment meter-reading/);
      await writeFile(changed, JSON.stringify({ ...object, spec: { ...spec, priority: 6 } }));
      assert.match((await must('apply', changed)).stdout, /- spec\.priority: 5\n {2}\+ spec\.priority: 6/);
    },
  );

  await t.test('a deployment goes back by a new revision', async () => {
    const undone = (await must('deployment', 'undo', 'other', '--json')).json<DeploymentResource>();
    assert.deepEqual([undone.metadata.generation, undone.spec.priority], [3, 5]);
    assert.match((await must('deployment', 'history', 'other')).stdout, /3 .*Undone/);
  });

  await t.test('waiting ends with exit status 6, and says which device and why', async () => {
    await joinDevice(stage, hub, { name: 'camera1', labels: { role: 'meter' } });
    const { exit, stderr } = await run('apply', fleetFile, '--wait', '1s');
    assert.equal(exit, 6);
    assert.match(stderr, /camera1: NeverConnected/);
  });

  await t.test('a device that is kept out is listed with what to say, and one word lets it in', async () => {
    assert.match((await must('device', 'waiting')).stdout, /^No device waits/);
    await must('device', 'revoke', 'camera1', '--yes');
    assert.match((await must('devices')).stdout, /! camera1 .*Revoked.*\n1 waits .*`skerry device waiting`/);
    assert.match((await must('device', 'waiting')).stdout, /\ncamera1 +camera1 +Revoked .*\n.*device admit/);
    assert.match((await must('status')).stdout, /\nWaiting +1 /);
    assert.match((await must('device', 'show', 'camera1')).stdout, /`skerry device admit camera1`/);
    assert.equal((await run('device', 'admit')).exit, 2);
    assert.equal((await run('device', 'admit', 'camera1', '--unknown', '--as', 'camera2')).exit, 2);
    assert.equal((await run('device', 'admit', 'nobody')).exit, 3);
    assert.match((await must('device', 'admit', '--unknown')).stdout, /^Nobody waits that --unknown/);
    assert.deepEqual((await must('device', 'admit', '--unknown', '--json')).json<Admission[]>(), []);
    assert.match(
      (await must('device', 'admit', 'camera1')).stdout,
      /^camera1 \(.*\) is let in.*\n +Revoked for .*: its certificates are good for nothing\. Now its certificates count again\.$/,
    );
    const again = (await must('device', 'admit', 'camera1', '--json')).json<Admission[]>();
    assert.deepEqual(
      again.map(({ name, lifted }) => [name, lifted]),
      [['camera1', []]],
    );
    assert.match((await must('device', 'admit', 'camera1')).stdout, /^Nothing kept camera1 out/);
  });

  await t.test(
    'devices are listed, shown, labelled only if nobody else was quicker, and removed',
    async () => {
      assert.match((await must('devices')).stdout, /! camera1 +- +Offline/);
      assert.match(
        (await must('devices', '-l', 'role=meter', '--reason', 'NeverConnected')).stdout,
        /camera1/,
      );
      assert.match((await must('devices', '-l', 'role!=meter')).stdout, /^0 devices/);
      await must('device', 'label', 'camera1', 'floor=2', 'role-', '--site', 'leeds');
      const shown = (await must('device', 'show', 'camera1', '--json')).json<{ device: DeviceResource }>();
      assert.deepEqual(shown.device.metadata.labels, { floor: '2' });
      assert.equal(shown.device.spec.site, 'leeds');
      assert.equal((await run('device', 'rm', 'camera1')).exit, 2);
      await must('device', 'rm', 'camera1', '--yes');
      assert.equal((await run('device', 'show', 'camera1')).exit, 3);
    },
  );

  await t.test(
    'a join token is one string on stdout; it is listed without its secret, and revoked',
    async () => {
      const { stdout } = await must('device', 'token', '--uses', '2', '--expires', '8h', '-l', 'role=meter');
      assert.match(stdout, /^skerry-join\.[\w-]+$/);
      const [token] = (await must('device', 'token', 'ls', '--json'))
        .json<{ id: string; uses: number }[]>()
        .filter(({ uses }) => uses === 2);
      await must('device', 'token', 'revoke', token!.id);
      assert.match((await must('device', 'token', 'ls')).stdout, new RegExp(`${token!.id} +revoked`));
      assert.equal((await run('device', 'token', '--expires', 'soon')).exit, 2);
    },
  );

  await t.test('events are lines of JSON, newest first', async () => {
    const { stdout } = await must('events', '--deployment', 'other', '--json');
    const events = stdout.split('\n').map((line) => JSON.parse(line) as HubEvent);
    assert.deepEqual(
      events.map(({ reason }) => reason),
      ['Undone', 'Changed', 'Created'],
    );
  });

  await t.test('a hub that is away is told as such, with exit status 5', async () => {
    const context = await readFile(join(config, 'skerry', 'contexts.json'), 'utf8');
    await hub.stop();
    const { exit, stderr } = await run('status', '--json');
    assert.equal(exit, 5);
    assert.equal(JSON.parse(stderr).error.code, 'Unreachable');
    assert.doesNotMatch(stderr, new RegExp(JSON.parse(context).current.token));
  });
});
