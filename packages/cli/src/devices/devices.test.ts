import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeviceResource, deviceResource, type SiteResource, selects } from '@skerry/contracts';
import fc from 'fast-check';
import { plain } from '../render/colour.ts';
import { deviceList, type ListView } from './list.ts';
import { parseLabels, parseSelector, selectDevices } from './selector.ts';
import { type DeviceDetails, deviceDetails } from './show.ts';
import { deviceState } from './state.ts';

const now = Date.parse('2026-03-02T09:00:00Z');
const at = '2026-03-02T08:54:00Z';
const id = '01939b1c-2f4e-7c52-8f0e-0d9a4d1f6a11';
const digest = (start: string) => `sha256:${start.padEnd(64, '0')}`;
type Finding = readonly ['True' | 'False' | 'Unknown', string, string];

interface Facts {
  readonly name: string;
  readonly site?: string;
  readonly connected?: boolean;
  readonly conditions?: Readonly<Record<string, Finding>>;
  readonly applied?: number;
  readonly serving?: string;
  readonly target?: object;
  readonly waiting?: number;
}

function device({
  name,
  site = 'leeds',
  connected = true,
  conditions = {},
  ...facts
}: Facts): DeviceResource {
  const all: Record<string, Finding> = {
    Connected: connected
      ? ['True', 'MqttOverWs', 'a session is live']
      : ['False', 'LinkLost', 'the session ended'],
    UpToDate: ['True', 'Applied', 'v42 is applied'],
    Ready: ['True', 'Serving', 'digits:4 serves'],
    ...conditions,
  };
  const serving = { version: facts.serving ?? '4', digest: digest('9f2c41'), p50Us: 41, p99Us: 118 };
  return deviceResource.parse({
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'Device',
    metadata: { name, labels: { role: 'meter' }, id, createdAt: at, updatedAt: at, generation: 1 },
    spec: { site },
    status: {
      connected,
      lastSeen: '2026-03-02T08:59:58Z',
      conditions: Object.fromEntries(
        Object.entries(all).map(([type, [status, reason, message]]) => [
          type,
          { status, reason, message, lastTransitionTime: at },
        ]),
      ),
      desired: { epoch: 1, version: 42 },
      deployments: ['meter-reading'],
      reported: {
        applied: { epoch: 1, version: facts.applied ?? 42 },
        models: { digits: { serving, ...(facts.target && { target: facts.target }) } },
        streams: { 'runtime/result': { acknowledged: 9, waiting: facts.waiting ?? 0, dropped: 0 } },
        outbox: { bytes: 1_258_291, quota: 512 * 2 ** 20 },
      },
      inventory: {
        hostname: 'x',
        platform: 'linux',
        arch: 'arm64',
        cores: 4,
        memory: 3_972_844_749,
        agentVersion: '1',
      },
    },
  });
}

const crashing = device({
  name: 'shop-112',
  site: 'york',
  conditions: { Ready: ['False', 'CrashLoop', 'runtime ended 3× in 60 s'] },
  waiting: 140,
});
const refusing = device({
  name: 'shop-017',
  applied: 41,
  serving: '3',
  conditions: { UpToDate: ['False', 'AcceptanceFailed', 'digits:4, case 3 of 12'] },
  target: {
    version: '4',
    digest: digest('c01db7'),
    phase: 'Refused',
    message: 'case seven-02: got 1 (0.61)',
  },
});
const away = device({ name: 'shop-203', site: 'hull', connected: false, applied: 40 });
const pulling = device({
  name: 'shop-004',
  site: 'bath',
  applied: 41,
  conditions: { UpToDate: ['False', 'Pulling', '48 % of 9.8 MiB, about 2 min'] },
});
const well = device({ name: 'shop-001' });
const view: ListView = { width: 80, now, all: false, hub: 'hub.example.com', project: 'default' };

test('trouble comes first, each with a sign, a word and a reason, in 80 columns', () => {
  assert.deepEqual(deviceList([well, pulling, away, refusing, crashing], view), [
    '5 devices: 2 ready, 1 updating, 1 not ready, 1 offline · hub.example.com · project default',
    '  NAME      SITE   STATUS    APPLIED    MODELS    REASON',
    '✗ shop-112  york   NotReady  v42        digits:4  CrashLoop: runtime ended 3× i…',
    '! shop-017  leeds  Ready     v41 < v42  digits:3  AcceptanceFailed: digits:4, c…',
    '! shop-203  hull   Offline   v40 < v42  digits:4  LinkLost: the session ended',
    '↻ shop-004  bath   Updating  v41 < v42  digits:4  Pulling: 48 % of 9.8 MiB, abo…',
    '✓ shop-001  leeds  Ready     v42        digits:4',
  ]);
});

test('with 120 columns nothing is left out', () => {
  const [, titles, first, , third] = deviceList([crashing, away, refusing], { ...view, width: 120 });
  assert.equal(titles, '  NAME      SITE   STATUS    APPLIED    MODELS    SEEN  WAITING  REASON');
  assert.equal(
    first,
    '✗ shop-112  york   NotReady  v42        digits:4  2s        140  CrashLoop: runtime ended 3× in 60 s',
  );
  assert.equal(
    third,
    '! shop-203  hull   Offline   v40 < v42  digits:4  2s          ?  LinkLost: the session ended',
  );
});

test('of a large fleet the well ones are only counted, unless they are asked for', () => {
  const many = Array.from({ length: 30 }, (_, index) => device({ name: `till-${index}` }));
  const lines = deviceList([...many, crashing], view);
  assert.equal(lines.length, 4);
  assert.match(lines.at(-1)!, /^✓ 30 more are ready/);
  assert.equal(deviceList([...many, crashing], { ...view, all: true }).length, 33);
});

test('a device that was never heard of, and one that is starting, are told from one that broke', () => {
  const starting = device({
    name: 'a',
    conditions: {
      Ready: ['False', 'Starting', 'the runtime is not up yet'],
      UpToDate: ['False', 'Loading', 'x'],
    },
  });
  assert.equal(deviceState(starting).word, 'Updating');
  const broken = device({
    name: 'a',
    conditions: { Ready: ['False', 'ModelsNotReady', 'x'], UpToDate: ['False', 'AcceptanceFailed', 'x'] },
  });
  assert.equal(deviceState(broken).word, 'NotReady');
});

test('a device that records nothing is told before one that has an update to do, though its models serve', () => {
  const full = device({
    name: 'shop-009',
    conditions: {
      Recording: ['False', 'DiskFull', 'result: no space is left'],
      UpToDate: ['False', 'Pulling', '48 %'],
    },
  });
  const [heads, , first] = deviceList([well, pulling, full], { ...view, width: 120 });
  assert.match(heads!, /^3 devices: 2 ready, 1 updating/);
  assert.match(first!, /^! shop-009 .* Ready .* DiskFull: result: no space is left$/);
});

test('a device is shown with what is, why, and what to do next', () => {
  const details: DeviceDetails = {
    device: refusing,
    desired: {
      body: {},
      provenance: [
        { pointer: '/models/digits/digest', deployment: 'meter-reading', priority: 10, overrides: ['base'] },
      ],
    },
    streams: [
      {
        producer: 'runtime',
        stream: 'result',
        epoch: 1,
        delivered: 412_907,
        distinct: 412_907,
        expected: 412_908,
        dropped: [],
      },
    ],
    events: [
      {
        id,
        at: '2026-03-02T08:02:39Z',
        severity: 'Warning',
        reason: 'AcceptanceFailed',
        message: 'digits:4 \x1b[2J',
        by: 'hub',
        about: 'device/shop-017',
      },
    ],
    siteZone: 'Europe/London',
  };
  assert.deepEqual(deviceDetails(details, { width: 80, now, paint: plain, timeZone: 'UTC' }), [
    'shop-017 · site leeds (Europe/London) · role=meter · linux/arm64, 4 cores, 3.7 GiB',
    'CONDITION  STATUS  SINCE  REASON            MESSAGE',
    'Connected  yes     6m     MqttOverWs        a session is live',
    'UpToDate   no      6m     AcceptanceFailed  digits:4, case 3 of 12',
    'Ready      yes     6m     Serving           digits:4 serves',
    'MODEL   VERSION           PHASE      p50     p99  WHY',
    'digits  3 sha256:9f2c41…  Serving  41 µs  118 µs  goes on serving',
    'digits  4 sha256:c01db7…  Refused      -       -  case seven-02: got 1 (0.61)',
    'STREAM  FROM     DELIVERED  WAITING  DROPPED        outbox: 1.2 MiB of 512 MiB',
    'result  runtime    412,907        0        0',
    'EVENTS (newest first, UTC)',
    '08:02:39  Warning  AcceptanceFailed  digits:4 \\u{1b}[2J',
    'Next: `skerry deployment undo meter-reading`, or `skerry explain AcceptanceFailed`',
  ]);
});

test('a selector is read as Kubernetes writes it', () => {
  const holds = (text: string, labels: Record<string, string>) => selects(parseSelector(text), labels);
  assert.ok(holds('role=meter,region!=north', { role: 'meter', region: 'south' }));
  assert.ok(holds('role==meter', { role: 'meter' }));
  assert.ok(!holds('role=meter,region!=north', { role: 'meter', region: 'north' }));
  assert.ok(holds('region in (north, south)', { region: 'south' }));
  assert.ok(holds('region notin (north),gpu,!old', { gpu: '' }));
  assert.ok(!holds('!old', { old: 'yes' }));
  for (const bad of ['', 'a=b=c', 'region in north', 'a,,b', '=x']) {
    assert.throws(() => parseSelector(bad), { code: 'BadUsage' });
  }
});

test('whatever is typed as a selector is understood or refused, never a crash', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        selects(parseSelector(text), { a: 'b' });
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'BadUsage');
      }
    }),
  );
});

test('labels of the site select its devices, and the device’s own win', () => {
  const site = (name: string, labels: Record<string, string>) =>
    ({ metadata: { name, labels } }) as SiteResource;
  const sites = [site('leeds', { region: 'north', role: 'till' }), site('york', { region: 'south' })];
  const names = (text: string) =>
    selectDevices([well, crashing], sites, parseSelector(text)).map(({ metadata }) => metadata.name);
  assert.deepEqual(names('region=north'), ['shop-001']);
  assert.deepEqual(names('role=meter'), ['shop-001', 'shop-112']);
});

test('labels are set by key=value and taken away by key-', () => {
  assert.deepEqual(parseLabels(['role=meter', 'floor-', 'empty=']), {
    set: { role: 'meter', empty: '' },
    remove: ['floor'],
  });
  assert.throws(() => parseLabels(['role']), { code: 'BadUsage' });
});
