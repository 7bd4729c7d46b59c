import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clean, fit, widthOf } from './clean.ts';
import { colourful, paintFor } from './colour.ts';
import { age, bytes, clockTime, count, latency, percent, shortDigest, when } from './format.ts';
import { openScreen, wrap } from './screen.ts';
import { type Column, table } from './table.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
const steering = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

test('nothing that steers a terminal survives cleaning, and what does not is left as it is', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !steering.test(clean(text))));
  assert.equal(clean('\x1b[31mred\x07'), '\\u{1b}[31mred\\u{7}');
  assert.equal(clean('a\tb\nc'), 'a b\\u{a}c');
  assert.equal(clean('Müller ✓ 日本'), 'Müller ✓ 日本');
});

test('a text that is cut keeps its width, and no character is cut in two', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, width) => {
      const cut = fit(text, width);
      assert.ok(widthOf(cut) <= width);
      assert.ok(cut.isWellFormed());
      if (widthOf(text) <= width) assert.equal(cut, text);
    }),
  );
  assert.equal(fit('meter-reading', 6), 'meter…');
});

test('colour is for terminals, and not where NO_COLOR or a dumb terminal says so', () => {
  assert.equal(paintFor(true, {})('red', 'x'), '\x1b[31mx\x1b[39m');
  for (const [terminal, env] of [
    [false, {}],
    [true, { NO_COLOR: '1' }],
    [true, { TERM: 'dumb' }],
  ] as const)
    assert.equal(paintFor(terminal, env)('red', 'x'), 'x');
  assert.equal(paintFor(true, { NO_COLOR: '' })('red', 'x'), '\x1b[31mx\x1b[39m');
});

test('figures are written as people read them', () => {
  assert.deepEqual([0, 5_900, 61_000, 12_000_000, 273_600_000].map(age), ['0s', '5s', '1m', '3h20m', '3d4h']);
  assert.deepEqual([0, 512, 154_458, 10_276_045, 512 * 2 ** 20].map(bytes), [
    '0 B',
    '512 B',
    '151 KiB',
    '9.8 MiB',
    '512 MiB',
  ]);
  assert.deepEqual([0, 838, 412_907, 1_234_567].map(count), ['0', '838', '412,907', '1,234,567']);
  assert.deepEqual([1, 0.9999, 0.9903, 0].map(percent), ['100.0 %', '99.9 %', '99.0 %', '0.0 %']);
  assert.deepEqual([41, 1_234, 12_345, 2_500_000].map(latency), ['41 µs', '1.2 ms', '12 ms', '2.5 s']);
  assert.equal(clockTime(3_723_000), '01:02:03');
  assert.equal(shortDigest(`sha256:9f2c41${'0'.repeat(58)}`), 'sha256:9f2c41…');
  const now = Date.parse('2026-03-02T09:00:00Z');
  assert.equal(when('2026-03-02T08:02:39Z', now, 'UTC'), '08:02:39');
  assert.equal(when('2026-02-28T20:41:07Z', now, 'Europe/Paris'), '28 Feb 21:41');
});

interface Row {
  readonly name: string;
  readonly size: number;
  readonly why: string;
}
const columns: Column<Row>[] = [
  { title: 'NAME', text: (it) => it.name, shade: () => 'green' },
  { title: 'SIZE', text: (it) => String(it.size), align: 'right', drop: 1 },
  { title: 'WHY', text: (it) => it.why, stretches: true },
];
const rows: Row[] = [
  { name: 'digits', size: 154_458, why: 'it is wanted by a deployment with a long name' },
  { name: 'x', size: 7, why: '\x1b[2Jgone' },
];

test('a table fits its width: the last column is cut, then columns go', () => {
  assert.deepEqual(table(rows, columns, { width: 60 }), [
    'NAME      SIZE  WHY',
    'digits  154458  it is wanted by a deployment with a long na…',
    'x            7  \\u{1b}[2Jgone',
  ]);
  assert.deepEqual(table(rows, columns, { width: 34 }), [
    'NAME    WHY',
    'digits  it is wanted by a deploym…',
    'x       \\u{1b}[2Jgone',
  ]);
});

test('colour changes no width', () => {
  const [titles = '', first = ''] = table(rows, columns, { width: 60, paint: colourful });
  assert.ok(titles.startsWith('\x1b[2mNAME'));
  assert.ok(first.startsWith('\x1b[32mdigits\x1b[39m  154458'));
});

test('words are wrapped, and a longer one is cut', () => {
  assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
  assert.deepEqual(wrap('immeasurable', 6), ['immea…']);
});

test('the screen is drawn in place without scrolling, and given back once', () => {
  let written = '';
  const write = (text: string) => {
    written += text;
  };
  const screen = openScreen({ height: 2, write });
  screen.draw(['one', 'two', 'three']);
  screen.close();
  screen.close();
  screen.draw(['late']);
  assert.equal(written, '\x1b[?1049h\x1b[?25l\x1b[Hone\x1b[K\r\ntwo\x1b[K\x1b[J\x1b[?25h\x1b[?1049l');
});
