import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { startCamera } from './camera.ts';
import { openLedger, readLedger } from './ledger.ts';
import { readPictures } from './pictures.ts';
import { openPoster } from './post.ts';

it('sends a refused frame again under its number, and writes down only what was safe', {
  timeout: 10_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-camera-'));
  const path = join(folder, 'ledger.jsonl');
  const safe: number[] = [];
  let refusals = 20;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const refused = refusals > 0;
      if (refused) refusals--;
      else safe.push(Number(request.headers['ce-id']));
      response.writeHead(refused ? 503 : 200).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ledger = await openLedger(path);
  const poster = openPoster(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, '/cameras/test');
  const pictures = await readPictures(new URL('../data', import.meta.url).pathname);
  const camera = startCamera({ pictures, ledger, poster, rate: 200, lens: (pixels) => pixels });
  while (camera.counts.safe < 50) await new Promise((resolve) => setTimeout(resolve, 5));
  await camera.stop(5000);
  await ledger.close();
  poster.close();
  server.close();
  const written = (await readLedger(path)).map(({ frame }) => frame);
  await rm(folder, { recursive: true });
  assert.deepEqual(
    written.toSorted((a, b) => a - b),
    safe.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(written).size, camera.counts.taken);
  assert.equal(camera.counts.failed, 0);
});
