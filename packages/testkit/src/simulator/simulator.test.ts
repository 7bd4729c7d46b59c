import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Link, LinkListener } from '../../../agent/src/link/link.ts';
import { openFleet } from './fleet.ts';
import { runHistory } from './history.ts';
import { watch } from './watch.ts';
import { BEGINNING } from './world.ts';

const SHORT_SEEDS = 100;
const HOUR = 3_600_000;

describe('the simulator', () => {
  test('a seed gives the same history, step for step, every time', async () => {
    const plan = { seed: 1, days: 1, devices: 2 };
    const first = await runHistory(plan);
    const second = await runHistory(plan);
    assert.ok(first.promised > 100);
    assert.deepEqual([second.trace, second.steps], [first.trace, first.steps]);
  });

  test('short histories of many seeds hold what is promised', async () => {
    for (let seed = 1000; seed < 1000 + SHORT_SEEDS; seed++) {
      const density = (['dense', 'storm', 'standard', 'standard'] as const)[seed % 4];
      const { violation } = await runHistory({ seed, days: 0.2, devices: 1, ...(density && { density }) });
      assert.equal(violation, undefined, `seed ${seed}`);
    }
  });

  test('devices hear that the hub’s clock was moved, and moved back', async () => {
    const told: number[] = [];
    const link = (real: Link): Link => ({
      ...real,
      connect(listener, signal) {
        const welcome: LinkListener['welcome'] = (message) => {
          told.push(Date.parse(message.time));
          listener.welcome(message);
        };
        return real.connect({ ...listener, welcome }, signal);
      },
    });
    const killed = (at: number) => ({ kind: 'agent-killed', at, lastsMs: 5_000, device: 0 }) as const;
    const faults = [
      { kind: 'hub-clock-moved', at: 1.5 * HOUR, lastsMs: HOUR } as const,
      killed(2 * HOUR),
      killed(3 * HOUR),
    ];
    await runHistory({ seed: 1, days: 0.2, devices: 1, faults }, { replace: { device: { link } } });
    const hours = told.map((time) => Math.floor((time - BEGINNING) / HOUR));
    assert.deepEqual([hours[0], Math.max(...hours), hours.at(-1)], [0, 13, 3]);
  });

  test('one byte over its quota is found', async () => {
    const fleet = await openFleet({ seed: 1, devices: 1 });
    const holding = watch(fleet);
    const found = () => holding.violation?.what;
    const { medium, quota } = fleet.devices[0]!;
    const put = async (bytes: number) => {
      await medium.disk.makeFolder('/state/outbox');
      await medium.disk.writeAtomic('/state/outbox/x', new Uint8Array(bytes));
      medium.onWrite(bytes);
    };
    await put(quota - medium.disk.bytesIn('/state/outbox'));
    assert.equal(found(), undefined);
    await put(quota + 1);
    assert.match(found() ?? '', /its outbox has \d+ bytes, over/);
    fleet.close();
  });
});
