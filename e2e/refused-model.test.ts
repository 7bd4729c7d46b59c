import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  digitsFolder,
  eventOf,
  flawless,
  flawsOf,
  meterDeployment,
  openStage,
  pushModel,
  readMessages,
  settle,
  startFilming,
  startMeterSite,
  until,
} from '@skerry/testkit';

const caseFile = 'acceptance/seven-01.json';

test('a version that fails its acceptance cases takes no traffic; the one before goes on, and undo makes peace', async (t) => {
  const stage = openStage(t);
  const site = await startMeterSite(stage);
  const { people } = site.hub;
  const camera = await startFilming(stage, site);
  const status = async () => (await people.devices.get('camera1')).value.status;

  const good = JSON.parse(await readFile(join(digitsFolder, caseFile), 'utf8'));
  const wrong = JSON.stringify({ ...good, label: '1' });
  await pushModel(people, { name: 'digits', folder: digitsFolder, changed: { [caseFile]: wrong } });
  await people.deployments.put(meterDeployment('digits:2'));

  const refusing = await until(
    async () => {
      const seen = await status();
      return (
        seen.reported.models?.digits?.target?.phase === 'Refused' &&
        seen.conditions.UpToDate?.reason === 'AcceptanceFailed' &&
        seen
      );
    },
    { what: 'the device refuses the version', deadline: 20_000 },
  );
  const { serving, target } = refusing.reported.models!.digits!;
  assert.equal(serving?.version, '1');
  assert.equal(target?.version, '2');
  assert.equal(target?.reason, 'AcceptanceFailed');
  assert.match(target?.message ?? '', /seven-01: got 7 \(\d\.\d+\), expected 1; 11 of 12 passed/);
  assert.equal(refusing.conditions.Ready?.status, 'True');
  assert.equal(refusing.conditions.UpToDate?.status, 'False');
  const event = await eventOf(people, 'camera1', 'AcceptanceFailed');
  assert.equal(event.severity, 'Warning');
  assert.match(event.message, /digits:2.*seven-01/);

  await people.deployments.undo('meter-reading');
  await until(async () => (await status()).conditions.UpToDate?.status === 'True', {
    what: 'the device is up to date after the undo',
  });
  assert.equal((await status()).reported.models?.digits?.target, undefined);

  const verdict = await settle(camera, site);
  assert.deepEqual(camera.program.stderr, [], 'no frame was refused meanwhile');
  assert.deepEqual(flawsOf(verdict), flawless);
  const versions = (await readMessages(people, 'camera1', 'result')).map(
    ({ event }) => (event.data as { model: { version: string } }).model.version,
  );
  assert.deepEqual([...new Set(versions)], ['1']);
});
