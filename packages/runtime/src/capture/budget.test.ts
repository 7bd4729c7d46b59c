import assert from 'node:assert/strict';
import { it } from 'node:test';
import { silentLogger } from '@skerry/kit';
import { memoryDisk } from '@skerry/kit/testing';
import type { BootTime } from '../outbox/boot-time.ts';
import { until } from '../until.ts';
import { captureBudget } from './budget.ts';

const HOUR = 3_600_000;
const file = '/state/capture/camera-2.json';

type Boot = Pick<BootTime, 'bootId' | 'nowMs'>;

function bootAt(bootId: string, ms: number): Boot & { ms: number } {
  return {
    bootId,
    ms,
    nowMs() {
      return this.ms;
    },
  };
}

const takeAll = (budget: { take(): boolean }, tries: number) =>
  Array.from({ length: tries }, () => budget.take()).filter(Boolean).length;

it('gives as many an hour as it may, and no more', async () => {
  const boot = bootAt('a', 5_000);
  const budget = await captureBudget({ disk: memoryDisk(), boot, logger: silentLogger, file, maxPerHour: 3 });
  assert.equal(takeAll(budget, 10), 3);
  boot.ms += HOUR - 1;
  assert.equal(takeAll(budget, 10), 0);
  boot.ms += 1;
  assert.equal(takeAll(budget, 10), 3);
});

it('goes on where it was after a restart, and begins anew after a reboot', async () => {
  const disk = memoryDisk();
  const open = (boot: Boot) => captureBudget({ disk, boot, logger: silentLogger, file, maxPerHour: 3 });
  assert.equal(takeAll(await open(bootAt('a', 0)), 2), 2);
  await until(async () => Buffer.from((await disk.readIfThere(file)) ?? []).includes('"taken":2'));
  assert.equal(takeAll(await open(bootAt('a', 1000)), 10), 1);
  assert.equal(takeAll(await open(bootAt('b', 10)), 10), 3);
});

it('begins anew where what it kept cannot be read', async () => {
  const disk = memoryDisk();
  await disk.makeFolder('/state/capture');
  await disk.writeAtomic(file, '{"bootId":');
  const open = () => captureBudget({ disk, boot: bootAt('a', 0), logger: silentLogger, file, maxPerHour: 3 });
  assert.equal(takeAll(await open(), 10), 3);
  await until(async () => Buffer.from((await disk.readIfThere(file)) ?? []).includes('"taken":3'));
  assert.ok(disk.killPage('/state/capture', () => 0));
  assert.equal(takeAll(await open(), 10), 3);
});

it('keeps nothing where nothing may be kept', async () => {
  const budget = await captureBudget({
    disk: memoryDisk(),
    boot: bootAt('a', 0),
    logger: silentLogger,
    file,
    maxPerHour: 0,
  });
  assert.equal(takeAll(budget, 5), 0);
});

it('writes the newest count once, however many were taken while a write ran', async () => {
  const medium = memoryDisk();
  let writes = 0;
  const writeAtomic: typeof medium.writeAtomic = (...args) => {
    writes++;
    return medium.writeAtomic(...args);
  };
  const disk = { ...medium, writeAtomic };
  const boot = bootAt('a', 0);
  const budget = await captureBudget({ disk, boot, logger: silentLogger, file, maxPerHour: 1000 });
  assert.equal(takeAll(budget, 500), 500);
  await until(async () => Buffer.from((await disk.readIfThere(file)) ?? []).includes('"taken":500'));
  assert.ok(writes <= 2, `${writes} writes`);
});
