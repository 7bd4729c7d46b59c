import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DeviceResource } from '@skerry/contracts';
import type { ProjectClient } from '@skerry/sdk';
import {
  type Camera,
  cliEntry,
  digitsFolder,
  entryOf,
  eventOf,
  framesUrl,
  joinDevice,
  judge,
  type MeterSite,
  meterDeployment,
  mustRun,
  openStage,
  peopleOf,
  pushModel,
  readMessages,
  readNotices,
  runCli,
  runJoin,
  type Stage,
  startAgent,
  startFilming,
  startHub,
  until,
} from '@skerry/testkit';

/** A device that has tried in vain for a while tries once a minute. */
const byItself = { deadline: 90_000 };

/** The commands of the page, each to be taken once. */
const page = await readFile(entryOf('docs/backup.md'), 'utf8');
const typed = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => line.replace(/\s+#.*$/, ''))
  .filter((line) => line.startsWith('skerry '));

/** The words of the next command of the page that begins so, without `skerry`. */
function asWritten(beginning: string): string[] {
  const at = typed.findIndex((line) => line.startsWith(`skerry ${beginning}`));
  assert.notEqual(at, -1, `docs/backup.md does not say: skerry ${beginning}`);
  return typed.splice(at, 1)[0]!.split(' ').slice(1);
}

test('a hub that is lost comes back from its backup, and its fleet with it, as the page says', async (t) => {
  const stage = openStage(t);
  const data = join(stage.folder, 'skerry-hub');
  await writeFile(join(stage.folder, 'passphrase'), 'a lighthouse in the fog\n', { mode: 0o600 });
  const site = await startSite(stage, data);
  const { hub } = site;
  const camera = await startFilming(stage, site);
  const joinToken = await hub.people.deviceTokens.create({ uses: 5 });

  await t.test('it is backed up while it serves', async () => {
    await mustRun(stage, asWritten('hub backup'));
    const file = await stat(join(stage.folder, 'monday.age'));
    assert.equal((file.mode & 0o777).toString(8), '600');
  });

  const inBackup = (await readMessages(hub.people, 'camera1', 'result')).length;
  const delivered = async () => (await readMessages(hub.people, 'camera1', 'result')).length;
  await until(async () => (await delivered()) > inBackup + 50, {
    what: 'more is delivered after the backup',
  });
  await freeDelivered(site);
  const late = await startAgent(stage, await joinDevice(stage, hub, { name: 'late' }));
  const isConnected = (people: ProjectClient, name: string) => async () =>
    (await people.devices.find(name))?.value.status.connected === true;
  await until(isConnected(hub.people, 'late'), { what: 'a device joins after the backup' });
  const lateId = (await hub.people.devices.get('late')).value.metadata.id;

  await late.stop();
  await hub.kill();
  await rm(data, { recursive: true });

  await t.test('its folder is made anew', async () => {
    await mustRun(stage, asWritten('hub restore'));
    assert.ok((await stat(join(data, 'hub.db'))).size > 0);
  });

  const people = await runAsWritten(stage, hub);
  late.restart();

  await t.test('people log in with the new token, and with no other', async () => {
    await assert.rejects(hub.people.devices.list(), { code: 'NotLoggedIn' });
    const words = asWritten('login').map((word) =>
      word.startsWith('https://') ? hub.api : word.startsWith('sha256:') ? hub.fingerprint : word,
    );
    assert.match((await mustRun(stage, words)).stdout, /Logged in/);
    const refused = runJoin(
      stage,
      { name: 'refused', state: await stage.makeFolder('refused') },
      joinToken.token,
    );
    assert.notEqual((await refused.exited).code, 0);
    assert.match(refused.stderr.join('\n'), /TokenInvalid/);
  });

  await t.test('the fleet follows it, though its versions are lower', async () => {
    await until(isConnected(people, 'camera1'), { what: 'the device comes back', ...byItself });
    const deployment = meterDeployment('digits:1');
    await people.deployments.put({ ...deployment, spec: { ...deployment.spec, priority: 11 } });
    const extra = { ...deployment.spec.pipelines!.camera!, sinks: {} };
    await people.deployments.put({
      ...deployment,
      spec: { ...deployment.spec, pipelines: { ...deployment.spec.pipelines, second: extra } },
    });
    const follows = async () => {
      const { status }: DeviceResource = (await people.devices.get('camera1')).value;
      return (
        status.desired!.epoch > 1 &&
        status.reported.applied?.epoch === status.desired!.epoch &&
        status.reported.applied.version === status.desired!.version
      );
    };
    await until(follows, { what: 'the device applies what the restored hub wants', ...byItself });
  });

  await t.test('what was delivered since the backup is told lost, and nothing else is', () =>
    judgeLoss(people, camera),
  );

  await t.test('a device that joined since waits for a person, who lets it in from afar', async () => {
    const waits = async () =>
      /AwaitsAdmission/.test((await runCli(stage, ['agent', 'status', '--state', late.state])).stdout);
    await until(waits, { what: 'the device says that it waits', ...byItself, every: 2_000 });
    assert.match((await mustRun(stage, asWritten('events'))).stdout, /AwaitsAdmission/);
    assert.match((await mustRun(stage, ['status'])).stdout, /Waiting +1 /);
    assert.match((await mustRun(stage, asWritten('device waiting'))).stdout, new RegExp(`${lateId}\\s+late`));
    const words = asWritten('device admit').map((word) => (word === 'till-7' ? 'late' : word));
    assert.match((await mustRun(stage, words)).stdout, /late \(.*\) is let in.*\n +AwaitsAdmission for /);
    await until(isConnected(people, 'late'), { what: 'the admitted device connects', ...byItself });
    assert.equal((await people.devices.get('late')).value.metadata.id, lateId);
    const { message } = await eventOf(people, 'late', 'Admitted');
    assert.match(message, /let in by .*: AwaitsAdmission \(it came from .* sha256:/);
  });

  assert.deepEqual(typed, [], 'every command of the page was run');
});

async function startSite(stage: Stage, data: string): Promise<MeterSite> {
  const hub = await startHub(stage, { data });
  await pushModel(hub.people, { name: 'digits', folder: digitsFolder });
  await hub.people.deployments.put(meterDeployment('digits:1'));
  // More versions than the restored hub will have made.
  for (const priority of [12, 13, 14])
    await hub.people.deployments.put({
      ...meterDeployment('digits:1'),
      spec: { ...meterDeployment('digits:1').spec, priority },
    });
  const device = await joinDevice(stage, hub, { name: 'camera1', labels: { role: 'meter' } });
  const agent = await startAgent(stage, device);
  return { hub, agent, frames: await framesUrl(agent, 'camera') };
}

/** What a device has delivered, it frees file by file: a runtime that starts again begins another one. */
async function freeDelivered({ hub, agent }: MeterSite): Promise<void> {
  await agent.stop();
  agent.restart();
  const before = (await readMessages(hub.people, agent.name, 'result')).length;
  const delivers = async () => (await readMessages(hub.people, agent.name, 'result')).length > before + 20;
  await until(delivers, { what: 'the device delivers again', ...byItself });
}

/** Runs the restored hub with the page's command, on the ports that it had; its API, as the new admin. */
async function runAsWritten(stage: Stage, hub: MeterSite['hub']): Promise<ProjectClient> {
  const words = asWritten('hub run').map((word) => (word === 'hub.example.com' ? '127.0.0.1' : word));
  const listen = ['--listen', new URL(hub.api).host, '--devices-listen', `127.0.0.1:${hub.devicesPort}`];
  const args = [...words, ...listen, '--mqtt-listen', '127.0.0.1:0'];
  const program = stage.start({ name: 'restored hub', entry: cliEntry, args });
  const { fingerprint, adminTokenFile } = await program.said(
    (line) => (line.includes('"ready":true') ? (JSON.parse(line) as Record<string, string>) : undefined),
    'that it is ready',
  );
  assert.equal(fingerprint, hub.fingerprint);
  return peopleOf(hub.api, (await readFile(join(stage.folder, adminTokenFile!), 'utf8')).trim());
}

/** What the source was told is safe is in the hub once, or its number is covered by a notice that says why. */
async function judgeLoss(people: ProjectClient, camera: Camera): Promise<void> {
  await camera.stop();
  const promised = await camera.promised();
  const settled = async () => {
    const { streams } = (await people.devices.get('camera1')).value.status.reported;
    return streams?.['runtime/result']?.waiting === 0;
  };
  await until(settled, { what: 'the device has delivered all that it holds', deadline: 20_000, every: 200 });
  const look = async () => {
    const held = await readMessages(people, 'camera1', 'result');
    const notices = (await readNotices(people, 'camera1')).filter(({ why }) => why === 'hub-restored');
    const verdict = judge({ promised, held, notices }, ({ id }) => id);
    const covered = notices.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    return { held, notices, verdict, covered };
  };
  await until(
    async () => {
      const { verdict, covered } = await look();
      return verdict.lost.length <= covered;
    },
    { what: 'every promise is kept or accounted for', deadline: 20_000, every: 200 },
  );
  const { held, notices, verdict } = await look();
  assert.deepEqual(verdict.twice, []);
  assert.ok(verdict.lost.length > 0, 'what was delivered after the backup is gone');
  assert.ok(notices.length > 0);
  const numbers = new Set(held.map(({ number }) => number));
  for (const { first, last } of notices)
    for (let number = first; number <= last; number++) {
      assert.ok(!numbers.has(number), `${number} is both`);
      numbers.add(number);
    }
  for (let number = 1; number <= Math.max(...numbers); number++)
    assert.ok(numbers.has(number), `${number} is neither`);
  const events = await people.events({ device: 'camera1', most: 200 });
  assert.ok(
    events.some(({ message }) => /delivered are gone.*the hub was restored from a backup/.test(message)),
  );
}
