import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Fleet } from './fleet.ts';
import { openShow } from './show.ts';
import type { DeviceStatus } from './status.ts';

/** The table's lines of a site whose device says this of itself, or nothing. */
function tableOf(status: DeviceStatus | undefined, recorded = 7): string[] {
  let text = '';
  const write = (more: string) => {
    text += more;
    return true;
  };
  const place = { name: 'shop', network: 'wired', labels: [], port: 1 };
  const site = { place, cable: { plugged: false }, status, answers: true, answered: 1_234, recorded };
  const show = openShow({ isTTY: true, write } as NodeJS.WriteStream, false, '');
  show.watch({ hub: { api: 'here' }, rows: [{ site, atHub: 5 }] } as unknown as Fleet);
  show.close();
  const lines = stripVTControlCharacters(text).split('\n');
  return lines.filter((line) => /^ {2}(SITE|shop)/.test(line));
}

test('what waits at a site is shown once somebody there has counted it', () => {
  const well = { connected: true, models: 'digits:1', rest: undefined, frames: undefined };
  const columns = (status?: DeviceStatus) => tableOf(status).at(-1)!.trim().split(/\s+/).slice(-4);
  assert.deepEqual(columns({ ...well, waiting: 0 }), ['1,234', '7', '0', '5']);
  assert.deepEqual(columns({ ...well, waiting: undefined }), ['1,234', '7', '?', '5']);
  assert.deepEqual(columns(), ['1,234', '7', '?', '5']);
});

test('each site has one line of a terminal of 80 columns, after days too', () => {
  const models = 'digits:1 tiny:1';
  const status = { connected: true, models, rest: undefined, frames: undefined, waiting: 999_999 };
  const lines = tableOf(status, 9_999_999);
  assert.equal(lines.length, 2);
  for (const line of lines) assert.ok(line.length < 80, `${line.length}: ${line}`);
});
