import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyMergePatch,
  type JsonObject,
  type PipelineSpec,
  type Report,
  type Reported,
  type RuntimeStatus,
  reported,
} from '@skerry/contracts';
import { SkerryError, silentLogger } from '@skerry/kit';
import { manualClock } from '@skerry/kit/testing';
import { readParts } from '../desired/parts.ts';
import { buildReported } from './reported.ts';
import { reporter } from './reporter.ts';
import type { View } from './view.ts';

const one = `sha256:${'1'.repeat(64)}`;
const two = `sha256:${'2'.repeat(64)}`;
const now = Date.UTC(2026, 0, 2);
const pipeline: PipelineSpec = {
  source: { http: { maxInFlight: 64 } },
  stages: [{ infer: { model: 'digits' } }],
  sinks: {},
};

const status = (
  models: RuntimeStatus['models'],
  pipelines: RuntimeStatus['pipelines'] = [],
): RuntimeStatus => ({
  instanceId: '01900000-0000-7000-8000-000000000001',
  pid: 1,
  stateFolder: '/s',
  rest: 'http://127.0.0.1:8000',
  metrics: 'http://127.0.0.1:8002',
  models,
  pipelines,
  outbox: { bytes: 0, quota: 1, drops: [] },
});
const serving = {
  name: 'digits',
  version: '1',
  digest: one,
  phase: 'Serving' as const,
  count: 0,
  p50Us: 40.6,
};
const running = {
  name: 'camera',
  spec: pipeline,
  phase: 'Serving' as const,
  frames: 7,
  failed: 0,
  captured: 1,
  sinks: {},
};

const wanting = (digest: string, version: string) => {
  const body = { models: { digits: { digest, version, repository: 'r' } }, pipelines: { camera: pipeline } };
  return { epoch: 1, version: Number(version), parts: readParts(body) };
};

const view = (changes: Partial<View>): View => ({
  desired: wanting(one, '1'),
  blocked: undefined,
  applied: { epoch: 1, version: 1 },
  observed: { up: true, crashLoop: false, status: status([serving], [running]) },
  busy: new Map(),
  refusalOf: () => undefined,
  failureOf: () => undefined,
  progressOf: () => undefined,
  streams: {},
  certificate: { notAfter: new Date(now).toISOString(), renewsAt: new Date(now).toISOString() },
  inventory: { hostname: 'a', platform: 'linux', arch: 'x64', cores: 1, memory: 1, agentVersion: '0' },
  time: { known: true, ahead: 400 },
  ...changes,
});

const build = (changes: Partial<View> = {}) => {
  const made = buildReported(view(changes), {}, now);
  reported.parse(made);
  const said = (name: keyof Reported['conditions']) =>
    `${made.conditions[name]?.status} ${made.conditions[name]?.reason}: ${made.conditions[name]?.message}`;
  return { made, said };
};

test('what is applied and serves is said to be so', () => {
  const { made, said } = build();
  assert.equal(said('UpToDate'), 'True Applied: v1 is applied');
  assert.equal(said('Ready'), 'True Serving: digits:1 serves');
  assert.equal(said('TimeKnown'), 'True TimeFromHub: 0.4 s ahead of the hub');
  assert.deepEqual(made.models, { digits: { serving: { version: '1', digest: one, p50Us: 41 } } });
  assert.equal(made.pipelines.camera?.url, 'http://127.0.0.1:8000/pipelines/camera/frames');
});

test('a device whose disk is full may be Ready, and says that it records nothing', () => {
  const refusal = { code: 'DiskFull', message: 'result: no space is left' };
  const observed = { up: true, crashLoop: false, status: { ...status([serving], [running]), refusal } };
  const { said } = build({ observed });
  assert.equal(said('Recording'), 'False DiskFull: result: no space is left');
  assert.equal(said('Ready'), 'True Serving: digits:1 serves');
  assert.equal(build().said('Recording'), 'True Recording: what comes in is kept');
  const down = { up: false, crashLoop: false, status: status([], []) };
  assert.match(build({ observed: down }).said('Recording'), /^Unknown Starting/);
});

test('a device that refused an update is Ready and not UpToDate', () => {
  const refusal = { reason: 'AcceptanceFailed', message: 'case seven: got 1, expected 7' };
  const { made, said } = build({
    desired: wanting(two, '2'),
    refusalOf: (_, digest) => (digest === two ? refusal : undefined),
  });
  assert.equal(said('UpToDate'), 'False AcceptanceFailed: digits:2, case seven: got 1, expected 7');
  assert.equal(said('Ready'), 'True Serving: digits:1 serves');
  assert.deepEqual(made.models.digits?.target, { version: '2', digest: two, phase: 'Refused', ...refusal });
});

test('of a model that nobody wants any more it is said while it serves, and not that it once could not', () => {
  const faces = { name: 'faces', version: '3', digest: two, count: 0 };
  const named = (phase: 'Serving' | 'Failed') =>
    Object.keys(
      build({ observed: { up: true, crashLoop: false, status: status([serving, { ...faces, phase }]) } }).made
        .models,
    );
  assert.deepEqual(named('Serving'), ['digits', 'faces']);
  assert.deepEqual(named('Failed'), ['digits']);
});

test('a pull says how far it is', () => {
  const { said } = build({
    desired: wanting(two, '2'),
    busy: new Map([
      [
        `artifact/${two}`,
        { do: 'pull', model: 'digits', wanted: { digest: two, version: '2', repository: 'r' } },
      ],
    ]),
    progressOf: () => ({ done: 48, total: 100 }),
  });
  assert.equal(said('UpToDate'), 'False Pulling: digits:2, 48 % of 0.0 MiB');
});

test('a failure is the part’s own reason, and graver than waiting', () => {
  const error = new SkerryError({ code: 'DiskFull', detail: 'no room', next: '' });
  const failureOf = (attempt: string) =>
    attempt === `pull/artifact/${two}` ? { error, failures: 1 } : undefined;
  const { said } = build({
    desired: wanting(two, '2'),
    failureOf,
    observed: { up: true, crashLoop: false, status: status([]) },
  });
  assert.equal(said('UpToDate'), 'False DiskFull: digits:2, no room');
  assert.equal(said('Ready'), 'False ModelsNotReady: not serving: digits, camera');
});

test('a runtime that is down, and one that ends again and again, are not ready', () => {
  assert.match(
    build({ observed: { up: false, crashLoop: false, status: undefined } }).said('Ready'),
    /^False Starting/,
  );
  assert.match(
    build({ observed: { up: false, crashLoop: true, status: undefined } }).said('Ready'),
    /^False CrashLoop/,
  );
});

test('nothing known, nothing wanted and nothing understood are three things', () => {
  assert.match(build({ desired: undefined, applied: undefined }).said('UpToDate'), /^Unknown NoDesiredState/);
  const empty = { epoch: 1, version: 1, parts: readParts({ models: {}, pipelines: {} }) };
  assert.match(
    build({ desired: empty, observed: { up: true, crashLoop: false, status: status([]) } }).said('UpToDate'),
    /^True NoDesiredState/,
  );
  assert.match(
    build({ blocked: { epoch: 1, version: 9, lacks: ['x'] } }).said('UpToDate'),
    /^False Unsupported: v9 .*x$/,
  );
  const strange = { epoch: 1, version: 1, parts: readParts({ models: { q: { qubits: 1 } } }) };
  assert.match(build({ desired: strange }).said('UpToDate'), /^False Unsupported: q, /);
});

test('the time of a transition stays until the status changes', () => {
  const first = buildReported(view({}), {}, now).conditions;
  const second = buildReported(view({ time: { known: true, ahead: 0 } }), first, now + 5_000).conditions;
  assert.equal(second.TimeKnown?.lastTransitionTime, first.TimeKnown?.lastTransitionTime);
  const third = buildReported(view({ time: { known: false, ahead: 0 } }), second, now + 5_000).conditions;
  assert.equal(third.TimeKnown?.lastTransitionTime, new Date(now + 5_000).toISOString());
});

async function openReporter() {
  const clock = manualClock();
  let frames = 0;
  let up = true;
  const make = async () => {
    const observed = { up, crashLoop: false, status: status([serving], [{ ...running, frames }]) };
    return buildReported(view({ observed }), {}, now);
  };
  const reports: Report[] = [];
  const connection = {
    address: '',
    ended: new Promise<string>(() => {}),
    hello() {},
    confirm() {},
    answer() {},
    batch() {},
    async close() {},
    report: (report: Report) => void reports.push(report),
  };
  const device = reporter({ clock, logger: silentLogger, build: make });
  return {
    clock,
    device,
    reports,
    begin: (held: number) => device.begin({ id: '01900000-0000-7000-8000-000000000001', connection, held }),
    film: (count: number) => {
      frames = count;
      device.changed();
    },
    fall: () => {
      up = false;
      device.changed();
    },
    whole: async () => JSON.parse(JSON.stringify(await make())) as JsonObject,
  };
}

test('differences add up to the whole, and what the hub does not have it gets whole', async () => {
  const { clock, device, reports, begin, film, whole } = await openReporter();
  begin(0);
  await clock.advance(10);
  film(9);
  await clock.advance(5_000);
  assert.deepEqual(
    reports.map(({ base, version }) => [base, version]),
    [
      [0, 1],
      [1, 2],
    ],
  );
  assert.deepEqual(reports[1]?.patch, { pipelines: { camera: { frames: 9 } } });
  const held = reports.reduce<JsonObject>((all, { patch }) => applyMergePatch(all, patch) as JsonObject, {});
  assert.deepEqual(held, await whole());
  begin(2);
  await clock.advance(10);
  assert.equal(reports.length, 2, 'the hub has it already');
  begin(7);
  await clock.advance(10);
  assert.deepEqual([reports[2]?.base, reports[2]?.version], [0, 8]);
  await device.stop();
});

test('figures wait for their turn, what happened does not', async () => {
  const { clock, device, reports, begin, film, fall } = await openReporter();
  device.setFiguresEvery(60_000);
  begin(0);
  await clock.advance(10);
  film(1);
  await clock.advance(20_000);
  assert.equal(reports.length, 1);
  fall();
  await clock.advance(1_000);
  assert.equal(reports.length, 2);
  film(2);
  await clock.advance(70_000);
  assert.equal(reports.length, 3);
  await device.stop();
});

test('the streams are not asked before their figures are due, nor anything compared', async () => {
  const clock = manualClock();
  const asked: boolean[] = [];
  const build = async (withStreams: boolean) => {
    asked.push(withStreams);
    return buildReported(view({}), {}, now);
  };
  const device = reporter({ clock, logger: silentLogger, build });
  device.setFiguresEvery(3_600_000);
  device.begin({ id: '01900000-0000-7000-8000-000000000001', held: 0, connection: { report() {} } as never });
  for (let second = 0; second < 5_400; second += 2) {
    device.changed();
    await clock.advance(2_000);
  }
  assert.equal(asked.filter((withStreams) => withStreams).length, 2, 'at the beginning, and after an hour');
  await device.stop();
});

test('a look that is under way at the end asks for no other', async () => {
  const clock = manualClock();
  const { promise: mayBuild, resolve: letBuild } = Promise.withResolvers<void>();
  let builds = 0;
  const build = async () => {
    if (++builds === 2) await mayBuild;
    return buildReported(view({}), {}, now);
  };
  const device = reporter({ clock, logger: silentLogger, build });
  device.setFiguresEvery(3_600_000);
  device.begin({ id: '01900000-0000-7000-8000-000000000001', held: 0, connection: { report() {} } as never });
  await clock.advance(0);
  device.changed();
  await clock.advance(1_000);
  assert.equal(builds, 2);
  const stopped = device.stop();
  letBuild();
  await stopped;
  assert.equal(clock.waiting, 0);
});
