import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { streamSummary } from '@skerry/contracts';
import type { ProjectClient } from '@skerry/sdk';
import fc from 'fast-check';
import { type DeviceFigures, figuresOf } from './figures.ts';
import { openFrameBook } from './frame-book.ts';
import { openSiteBook } from './site-book.ts';
import { faultsOf } from './verdict.ts';
import { type DemoView, plainLine, screenLines } from './view.ts';

const site = {
  site: 'leeds',
  device: 'camera1',
  sign: '✓',
  word: 'Ready',
  shade: 'green',
  why: '',
  model: 'digits:1',
  frames: 838,
  correct: 0.9903,
  p50Us: 41,
  p99Us: 118,
  captured: 6,
  delivered: 838,
  waiting: 0,
} as const;
const bad = {
  ...site,
  site: 'hull',
  device: 'camera3',
  sign: '!',
  correct: 0.764,
  captured: 204,
  waiting: 4,
};
const view: DemoView = {
  elapsedMs: 42_000,
  hub: 'https://127.0.0.1:8443',
  sites: [site, bad],
  news: '',
  tryIt: { rest: 'http://127.0.0.1:8000', request: 'examples/meter-reading/seven.json' },
};

test('80 columns are enough for the screen', () => {
  assert.deepEqual(screenLines(view, { width: 80 }), [
    'Skerry demo · 00:00:42 · nothing leaves this machine · Ctrl-C ends it all',
    '  SITE   STATUS  FRAMES  CORRECT    p50     p99  CAPTURED  DELIVERED  WAITING',
    '✓ leeds  Ready      838   99.0 %  41 µs  118 µs         6        838        0',
    '! hull   Ready      838   76.4 %  41 µs  118 µs       204        838        4',
    'hull’s camera is bad on purpose: blurred, noisy, shifted. Its unsure frames are',
    'kept for learning.',
    'Try:   curl -s http://127.0.0.1:8000/v2/models/digits/infer \\',
    '       -d @examples/meter-reading/seven.json',
    'Then:  skerry serve ./your-model.onnx',
    '       (no hub, no YAML: your own model in one line)',
  ]);
});

test('with 120 columns nothing is left out', () => {
  assert.deepEqual(screenLines(view, { width: 120 }), [
    'Skerry demo · 00:00:42 · hub https://127.0.0.1:8443 · nothing leaves this machine · Ctrl-C ends it all',
    '  SITE   DEVICE   STATUS  MODEL     FRAMES  CORRECT    p50     p99  CAPTURED  DELIVERED  WAITING',
    '✓ leeds  camera1  Ready   digits:1     838   99.0 %  41 µs  118 µs         6        838        0',
    '! hull   camera3  Ready   digits:1     838   76.4 %  41 µs  118 µs       204        838        4',
    'hull’s camera is bad on purpose: blurred, noisy, shifted. Its unsure frames are kept for learning.',
    'Try:   curl -s http://127.0.0.1:8000/v2/models/digits/infer -d @examples/meter-reading/seven.json',
    'Then:  skerry serve ./your-model.onnx   (no hub, no YAML: your own model in one line)',
  ]);
});

test('without a terminal a line says it all', () => {
  assert.equal(
    plainLine({ ...view, sites: [site, { ...bad, word: 'Offline', why: 'LinkLost: gone' }] }),
    '00:00:42 · ✓ leeds Ready 838 frames, 99.0 % right · ! hull Offline (LinkLost) 838 frames, 76.4 % right, 4 waiting',
  );
});

test('the book of frames counts as sets do', () => {
  const frames = fc.array(fc.integer({ min: 1, max: 9000 }));
  fc.assert(
    fc.property(frames, frames, frames, (promised, held, excused) => {
      const book = openFrameBook();
      for (const frame of promised) book.promise(frame);
      const news = held.map((frame) => book.hold(frame));
      for (const frame of excused) book.excuse(frame);
      const [ledger, hub, notices] = [promised, held, excused].map((it) => new Set(it));
      const lost = [...ledger!].filter((frame) => !hub!.has(frame) && !notices!.has(frame));
      assert.deepEqual(book.counts, { promised: ledger!.size, held: hub!.size, lost: lost.length });
      assert.equal(news.filter(Boolean).length, hub!.size);
    }),
  );
});

test('a site’s book joins what the camera was promised with what the hub holds', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-book-'));
  const ledger = join(folder, 'ledger.jsonl');
  const messages: { event: { id: string; data: unknown } }[] = [];
  const notices = [
    { epoch: 1, first: 9, last: 9, why: 'lost', ids: ['/cameras/camera#4'], at: '2026-01-01T00:00:00Z' },
  ];
  const devices = {
    messages: async (_name: string, { after = '0' }: { after?: string }) => {
      const items = messages.slice(Number(after), Number(after) + 2);
      return { items, next: String(Number(after) + items.length) };
    },
    streams: async () => [{ dropped: notices }],
  };
  const project = { devices } as unknown as ProjectClient;
  const book = openSiteBook({ project, device: 'camera1', ledger, labels: ['seven', 'one'] });
  const hold = (frame: number, label: string) =>
    messages.push({
      event: {
        id: `/cameras/camera#${frame}`,
        data: { label, model: { name: 'd', version: '1' }, latencyUs: 1 },
      },
    });

  await book.readOn();
  await writeFile(ledger, '{"frame":1,"row":0}\n{"frame":2,"row":1}\n{"fra');
  hold(1, 'seven');
  hold(2, 'seven');
  hold(3, 'one');
  hold(1, 'seven');
  await book.readOn();
  await appendFile(ledger, 'me":3,"row":1}\n{"frame":4,"row":0}\n');
  await book.readOn();
  assert.deepEqual(book.counts, { promised: 4, held: 3, lost: 1, judged: 3, correct: 2, repeated: 1 });
  await book.settle();
  assert.equal(book.counts.lost, 0);
  await rm(folder, { recursive: true });
});

const fine: DeviceFigures = {
  name: 'camera1',
  site: 'leeds',
  ready: true,
  model: 'digits:1',
  frames: 1000,
  accuracy: 0.99,
  p50_us: 41,
  p99_us: 118,
  captured: 6,
  delivered: 1000,
  waiting: 0,
  dropped: 0,
  duplicates: 0,
  lost: 0,
};

test('a run is good only if every condition holds', () => {
  assert.deepEqual(faultsOf([fine, { ...fine, delivered: 900 }], 1000), []);
  for (const [wrong, what] of [
    [{ ready: false }, 'is not ready'],
    [{ waiting: 3 }, 'has 3 messages waiting'],
    [{ waiting: null }, 'has an unknown number of messages waiting'],
    [{ lost: 1 }, 'lost 1 frames'],
    [{ duplicates: 2 }, 'delivered 2 messages more than once'],
    [{ delivered: 899 }, 'delivered 899 frames, of 1000 that it should have'],
  ] as const)
    assert.deepEqual(faultsOf([fine, { ...fine, ...wrong }], 1000), [`camera1 at leeds ${what}`]);
});

test('what the hub holds twice is counted, in whichever stream', () => {
  const stream = (name: string, delivered: number, distinct: number) =>
    streamSummary.parse({
      producer: 'runtime',
      stream: name,
      epoch: 1,
      delivered,
      distinct,
      expected: 9,
      dropped: [],
    });
  const counts = { promised: 9, held: 9, lost: 0, judged: 0, correct: 0, repeated: 0 };
  const role = { site: 'leeds', device: 'camera1', bad: false, ports: { rest: 1, grpc: 2, metrics: 3 } };
  const streams = [stream('result', 9, 9), stream('sample', 5, 3)];
  const { duplicates, captured, accuracy, ready } = figuresOf({ role, device: undefined, counts, streams });
  assert.deepEqual(
    { duplicates, captured, accuracy, ready },
    { duplicates: 2, captured: 3, accuracy: null, ready: false },
  );
});

test('the guard ends what has to do with the demo’s folder, and removes it, when the demo is gone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-demo-'));
  const stubborn = 'process.on("SIGTERM", () => {}); process.stdout.write("up"); setInterval(() => {}, 1000)';
  const child = spawn(process.execPath, ['-e', stubborn, folder], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const entry = fileURLToPath(new URL('./guard-child.ts', import.meta.url));
  const guard = spawn(process.execPath, [...process.execArgv, entry], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const [ended, done] = [once(child, 'exit'), once(guard, 'exit')];
  guard.stdin.end(folder);
  assert.deepEqual(await ended, [null, 'SIGKILL']);
  await done;
  await assert.rejects(access(folder), { code: 'ENOENT' });
});
