import assert from 'node:assert/strict';
import { it } from 'node:test';
import { grpcNeed, type Need, restNeed } from './actions.ts';

it('knows what every address of the serving ports needs', () => {
  const needs: Record<string, Need> = {
    '/v2/health/live': 'open',
    '/v2/health/ready': 'open',
    '/ca.crt': 'open',
    '/v2': 'metadata',
    '/v2/models/:model': 'metadata',
    '/v2/models/:model/ready': 'metadata',
    '/v2/models/:model/versions/:version/config': 'metadata',
    '/v2/models/:model/stats': 'metadata',
    '/v2/models/stats': 'metrics',
    '/v2/models/:model/infer': 'infer',
    '/v2/models/:model/versions/:version/infer': 'infer',
    '/pipelines/:name/frames': 'infer',
    '/metrics': 'metrics',
    '/metrics/triton': 'metrics',
    '/v2/repository/index': 'repository',
    '/v2/repository/models/:name/load': 'repository',
  };
  for (const [path, need] of Object.entries(needs)) assert.equal(restNeed(path), need, path);
});

it('an address or a method that nobody thought of needs the most', () => {
  for (const path of ['/v2/logging', '/v3', '/', '/v2/healthy', '/ca.crt/x'])
    assert.equal(restNeed(path), 'repository', path);
  for (const method of ['RepositoryModelLoad', 'Shutdown', 'constructor', ''])
    assert.equal(grpcNeed(method), 'repository', method);
});

it('asks the same of gRPC', () => {
  assert.equal(grpcNeed('ServerLive'), 'open');
  assert.equal(grpcNeed('Check'), 'open');
  assert.equal(grpcNeed('ModelInfer'), 'infer');
  assert.equal(grpcNeed('ModelMetadata'), 'metadata');
});
