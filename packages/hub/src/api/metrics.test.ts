import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Registry } from 'prom-client';
import { forEachDatabase } from '../db/store-suite.ts';
import { testApi } from './api-suite.ts';
import { hubMetrics } from './metrics.ts';

forEachDatabase('metrics', (context) => {
  let registry: Registry;
  before(async () => {
    const { join } = await testApi(context());
    await join('shop-1');
    await join('shop-2');
    const { db } = context();
    await db.updateTable('devices').set({ connected: 1 }).where('name', '=', 'shop-2').execute();
    registry = hubMetrics(db, '1.2.3', () => true);
  });

  test('count devices by whether they are connected', async () => {
    const text = await registry.metrics();
    assert.match(text, /^skerry_hub_devices\{connected="true"\} 1$/m);
    assert.match(text, /^skerry_hub_devices\{connected="false"\} 1$/m);
    assert.match(text, /^skerry_hub_build_info\{version="1.2.3"\} 1$/m);
  });

  test('are named as Prometheus wants, and name no device', async () => {
    const text = await registry.metrics();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    assert.ok(types.length > 10);
    for (const [, name, type] of types) {
      assert.ok(name?.startsWith('skerry_hub_'), name);
      assert.equal(name?.endsWith('_total'), type === 'counter', name);
    }
    assert.ok(!text.includes('shop-'));
  });
});
