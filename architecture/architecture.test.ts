import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './check.ts';
import { parseModules } from './parse.ts';
import { packageExports, projectFiles, readText } from './project.ts';
import { drawers, machineWords, mayImport } from './rules.ts';

const files = projectFiles();

function none(problems: readonly string[]): void {
  assert.equal(problems.length, 0, `\n${problems.join('\n')}\n`);
}

test('imports, cycles, effects and seams are as architecture/rules.ts says', () => {
  const sources = files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
  assert.ok(sources.length > 100, `only ${sources.length} sources were found`);
  const modules = parseModules(new Map(sources.map((path) => [path, readText(path) ?? ''])));
  none(violations(modules, packageExports()));
});

test('every package has a row in the import table', () => {
  const packages = new Set(files.flatMap((path) => /^packages\/([^/]+)\//.exec(path)?.[1] ?? []));
  assert.deepEqual(
    [...packages].filter((name) => !(name in mayImport)),
    [],
  );
});

test('no folder is a drawer', () => {
  const inPackages = files.filter((path) => path.startsWith('packages/'));
  const bad = inPackages.filter((path) =>
    path
      .split('/')
      .slice(0, -1)
      .some((folder) => drawers.includes(folder)),
  );
  none(bad.map((path) => `${path}: name the folder after what is in it (not ${drawers.join(', ')})`));
});

test('nothing ties the project to one machine or one package registry', () => {
  const bad = files.flatMap((path) => {
    const lines = readText(path)?.split('\n') ?? [];
    return lines.flatMap((line, index) => {
      const word = machineWords.map((pattern) => pattern.exec(line)?.[0]).find(Boolean);
      return word
        ? [`${path}:${index + 1} names ${word}: use a relative path, or what npm is configured with`]
        : [];
    });
  });
  none(bad);
});

test('the pages for contributors name files that exist', () => {
  const pages = files.filter((path) => path === 'CONTRIBUTING.md' || path.startsWith('docs/checklists/'));
  assert.ok(pages.length > 1);
  const named = pages.flatMap((page) => {
    const inCode = [...(readText(page) ?? '').matchAll(/`([\w.-]+\/[\w./-]+)`/g)];
    return inCode.map(([, path = '']) => ({ page, path: path.replace(/\/$/, '') }));
  });
  const written = named.filter(({ path }) => !/[A-Z]{4}/.test(path) && !path.startsWith('dist'));
  const bad = written.filter(
    ({ path }) => !files.some((file) => file === path || file.startsWith(`${path}/`)),
  );
  none(bad.map(({ page, path }) => `${page} names ${path}, which is not there: name what took its place`));
});

test('every code that kit throws is one that `skerry explain` knows', () => {
  const known = new Set((readText('docs/codes.md') ?? '').match(/(?<=^## )\w+$/gm));
  const sources = files.filter(
    (path) => /^packages\/kit\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'),
  );
  const thrown = sources.flatMap((path) => {
    const codesHere = [...(readText(path) ?? '').matchAll(/\bcode: '([A-Z][a-z]\w+)'/g)];
    return codesHere.map(([, code = '']) => ({ path, code }));
  });
  assert.ok(thrown.length > 10);
  const unknown = thrown.filter(({ code }) => !known.has(code));
  none(
    unknown.map(({ path, code }) => `${path} throws ${code}: add it to packages/contracts/src/codes-*.ts`),
  );
});
