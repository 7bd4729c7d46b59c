import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencyTable, latencyTableBytes } from './latency-table.ts';

const memory = () => new SharedArrayBuffer(latencyTableBytes(8));

test('expects nothing as long as nothing was measured', () => {
  const table = latencyTable(memory());
  assert.deepEqual([table.expected(1), table.aRequestAtMost(), table.aRequest(), table.batch], [0, 0, 0, 1]);
});

test('what was not measured lies on the line through what was', () => {
  const table = latencyTable(memory());
  table.record(1, 100);
  assert.equal(table.expected(4), 400);
  table.record(4, 250);
  assert.equal(table.expected(1), 100);
  assert.ok(Math.abs(table.expected(8) - 450) < 1e-6);
});

test('follows a change, and is surer the steadier it is', () => {
  const table = latencyTable(memory());
  for (let i = 0; i < 100; i++) table.record(1, 100);
  assert.ok(table.aRequestAtMost() < 101);
  for (let i = 0; i < 100; i++) table.record(1, 300);
  assert.ok(Math.abs(table.expected(1) - 300) < 1);
  for (let i = 0; i < 100; i++) table.record(1, i % 2 === 0 ? 100 : 500);
  assert.ok(table.aRequestAtMost() > 600);
});

test('a request costs its share of a batch, and what is done beside', () => {
  const table = latencyTable(memory());
  table.record(1, 100);
  table.record(4, 200);
  table.recordBeside(1, 1, 10);
  assert.equal(table.aRequest(), 110);
  table.batch = 4;
  assert.equal(table.aRequest(), 60);
});

test('a request with more rows costs more, be it above a batch or below', () => {
  const table = latencyTable(memory());
  table.record(1, 100);
  table.record(4, 200);
  table.batch = 4;
  table.recordBeside(2, 4, 0);
  assert.equal(table.aRequest(), 100);
  for (let i = 0; i < 100; i++) table.recordBeside(1, 7, 0);
  assert.ok(Math.abs(table.aRequest() - 300) < 1);
});

test('is the same for another thread that has the memory', () => {
  const shared = memory();
  const table = latencyTable(shared);
  table.record(1, 100);
  table.record(2, 150);
  table.batch = 2;
  const other = latencyTable(shared);
  assert.deepEqual([other.expected(1), other.expected(3), other.batch], [100, 200, 2]);
});

test('sizes beyond the table are not kept', () => {
  const table = latencyTable(memory());
  table.record(9, 5);
  assert.equal(table.expected(9), 0);
});

test('believes a lag quickly when it grows, and slowly when it falls', () => {
  const table = latencyTable(memory());
  for (let i = 0; i < 5; i++) table.recordLag(1000);
  assert.ok(table.lagUs > 900);
  for (let i = 0; i < 5; i++) table.recordLag(0);
  assert.ok(table.lagUs > 800);
  for (let i = 0; i < 500; i++) table.recordLag(0);
  assert.ok(table.lagUs < 10);
});
