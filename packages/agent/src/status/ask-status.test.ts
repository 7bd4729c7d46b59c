import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '@skerry/kit';
import { nodeHttp, serveHttpApi } from '@skerry/kit/node';
import { askStatus, statusSocket } from './ask-status.ts';

test('what an agent cannot answer is told as it says it, and where none runs that is told', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-status-'));
  const http = nodeHttp();
  t.after(async () => {
    http.close();
    await rm(folder, { recursive: true });
  });
  await assert.rejects(askStatus(http, folder), { code: 'Unreachable', message: /no agent runs/ });
  const fails = () => Promise.reject(new Error('disk I/O error'));
  const api = await serveHttpApi({
    routes: { 'GET /v1/status': fails },
    listen: { socketPath: statusSocket(folder) },
    logger: silentLogger,
  });
  t.after(() => api.close());
  await assert.rejects(askStatus(http, folder), { code: 'Internal', message: /something broke inside/ });
});
