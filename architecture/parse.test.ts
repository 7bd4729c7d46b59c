import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Module, parseModules } from './parse.ts';

function parse(text: string): Module {
  const [module] = parseModules(new Map([['a.ts', text]]));
  assert.ok(module);
  return module;
}

function specifiers(text: string): string[] {
  return parse(text).imports.map(
    ({ specifier, typeOnly, line }) => `${line} ${specifier}${typeOnly ? ' (type)' : ''}`,
  );
}

const names = (text: string): string[] => parse(text).uses.map(({ name }) => name);

test('every way to import is found, with its line and whether it is erased', () => {
  const text = [
    "import a, { b } from 'one';",
    "import type { C } from 'two';",
    "import { type D } from 'three';",
    "export * from 'four';",
    "export { type E } from 'five';",
    "type F = import('six').F;",
    "const g = await import('seven');",
    "import 'eight';",
    "import * as h from 'nine';",
    "import i, { type J } from 'ten';",
  ];
  const expected =
    '1 one,2 two (type),3 three (type),4 four,5 five (type),6 six (type),7 seven,8 eight,9 nine,10 ten';
  assert.deepEqual(specifiers(text.join('\n')), expected.split(','));
});

test('the imported name counts, not the local one', () => {
  assert.deepEqual(parse("import { randomUUID as id, x } from 'node:crypto';").imports[0]?.names, [
    'randomUUID',
    'x',
  ]);
});

test('comments, strings, templates’ text and regular expressions import and use nothing', () => {
  const text =
    "// import 'a'; setTimeout()\nconst b = `import 'c' setTimeout`; const d = /setTimeout/; 'setTimeout'";
  assert.deepEqual(specifiers(text), []);
  assert.deepEqual(names(text), []);
});

test('calls, references and what is inside a template are uses', () => {
  const template = ['const a = `$', '{setTimeout(b, 1)}`'].join('');
  assert.ok(names(template).includes('setTimeout'));
  assert.ok(names('start(setInterval)').includes('setInterval'));
  assert.ok(names('globalThis.setTimeout()').includes('setTimeout'));
  assert.ok(names('const ports = { setTimeout };').includes('setTimeout'));
  assert.ok(names('const t = Date.now()').includes('Date.now'));
});

test('`new Date()` is told from `new Date(0)`', () => {
  assert.ok(names('new Date()').includes('new Date()'));
  assert.ok(names('new Date').includes('new Date()'));
  assert.ok(!names('new Date(0)').includes('new Date()'));
});

test('a member or a declaration of that name is no use of the global', () => {
  const text =
    'class A { setTimeout() {} }; const b = { setTimeout: 1 }; clock.setTimeout(); type T = typeof setTimeout;';
  assert.ok(!names(text).includes('setTimeout'));
});
