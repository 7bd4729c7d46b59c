/**
 * A camera at a meter, as a process: replays the pictures that the model never saw, and keeps its own ledger of the
 * frames that the runtime said are safe. One JSON line with its counts a second on stdout. SIGTERM stops it.
 *
 *   node examples/meter-reading/camera/main.ts --url http://127.0.0.1:8000/pipelines/camera/frames --ledger ledger.jsonl
 */
import { parseArgs } from 'node:util';
import { startCamera } from './camera.ts';
import { openLedger } from './ledger.ts';
import { readPictures } from './pictures.ts';
import { openPoster } from './post.ts';
import { seededNumbers, spoil } from './spoil.ts';

const patienceMs = 5000;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    ledger: { type: 'string' },
    source: { type: 'string', default: '/cameras/camera' },
    rate: { type: 'string', default: '50' },
    bad: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    'until-stdin-ends': { type: 'boolean', default: false },
  },
});

const rate = Number(values.rate);
if (!values.url || !values.ledger || !(rate > 0 && rate <= 1000)) {
  process.stderr.write('camera: say --url URL --ledger FILE, and a --rate of at most 1000 frames a second\n');
  process.exit(2);
}

const pictures = await readPictures(new URL('../data', import.meta.url).pathname);
const ledger = await openLedger(values.ledger);
const poster = openPoster(values.url, values.source);
const numbers = seededNumbers(Number(values.seed));
const lens = (pixels: Uint8Array) => (values.bad ? spoil(pixels, numbers) : pixels);
const camera = startCamera({ pictures, ledger, poster, rate, lens });

const report = setInterval(() => process.stdout.write(`${JSON.stringify(camera.counts)}\n`), 1000);

let stopping = false;

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  process.stdin.destroy();
  clearInterval(report);
  await camera.stop(patienceMs);
  await ledger.close();
  poster.close();
  process.stdout.write(`${JSON.stringify(camera.counts)}\n`);
}

process.once('SIGTERM', stop);
process.once('SIGINT', stop);
// So that a camera goes when whoever started it was killed.
if (values['until-stdin-ends']) process.stdin.resume().once('end', stop);
