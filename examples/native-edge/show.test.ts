import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Fleet } from './fleet.ts';
import { openShow } from './show.ts';
import type { DeviceStatus } from './status.ts';

/** The line of a site whose device says this of itself, or nothing. */
function lineOf(status: DeviceStatus | undefined): string {
  let text = '';
  const write = (more: string) => {
    text += more;
    return true;
  };
  const place = { name: 'shop', network: 'wired', labels: [], port: 1 };
  const site = { place, cable: { plugged: true }, status, answers: true, answered: 1_234, recorded: 7 };
  const show = openShow({ isTTY: true, write } as NodeJS.WriteStream, false, '');
  show.watch({ hub: { api: 'here' }, rows: [{ site, atHub: 5 }] } as unknown as Fleet);
  show.close();
  return text.split('\n').find((line) => line.includes('shop')) ?? '';
}

test('what waits at a site is shown once somebody there has counted it', () => {
  const well = { connected: true, models: 'digits:1', rest: undefined, frames: undefined };
  const columns = (status?: DeviceStatus) =>
    stripVTControlCharacters(lineOf(status)).trim().split(/\s+/).slice(-4);
  assert.deepEqual(columns({ ...well, waiting: 0 }), ['1,234', '7', '0', '5']);
  assert.deepEqual(columns({ ...well, waiting: undefined }), ['1,234', '7', '?', '5']);
  assert.deepEqual(columns(), ['1,234', '7', '?', '5']);
});
