import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '@skerry/kit';
import { nodeHttp, serveHttpApi } from '@skerry/kit/node';
import { agentError } from '../errors.ts';
import { askStatus, statusSocket } from './ask-status.ts';

test('where none runs that is told, and who may not ask, and else what the agent says instead', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-status-'));
  const http = nodeHttp();
  t.after(async () => {
    http.close();
    await rm(folder, { recursive: true });
  });
  await assert.rejects(askStatus(http, folder), { code: 'Unreachable', message: /no agent runs/ });
  const closed = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
  const request = () => Promise.reject(agentError('Unreachable', 'connect EACCES', { cause: closed }));
  await assert.rejects(askStatus({ ...http, request }, folder), { code: 'Forbidden' });
  const fails = () => Promise.reject(new Error('disk I/O error'));
  const api = await serveHttpApi({
    routes: { 'GET /v1/status': fails },
    listen: { socketPath: statusSocket(folder) },
    logger: silentLogger,
  });
  t.after(() => api.close());
  await assert.rejects(askStatus(http, folder), { code: 'Internal', message: /something broke inside/ });
});
