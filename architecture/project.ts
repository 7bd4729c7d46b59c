import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/** The project's files, tracked or about to be, relative and with `/`. */
export function projectFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const deleted = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: root, encoding: 'utf8' });
  const gone = new Set(deleted.split('\0'));
  return listed.split('\0').filter((path) => path && !gone.has(path));
}

/** The text of a file; undefined where it is binary. */
export function readText(path: string): string | undefined {
  const bytes = readFileSync(join(root, path));
  return bytes.subarray(0, 8000).includes(0) ? undefined : bytes.toString('utf8');
}

/** The source file of each `@skerry/…` specifier, as the packages' own `exports` say. */
export function packageExports(): Map<string, string> {
  const exports = new Map<string, string>();
  for (const folder of globSync('packages/*', { cwd: root })) {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    for (const [path, target] of Object.entries<string | { source: string }>(manifest.exports ?? {})) {
      if (typeof target === 'object') exports.set(join(manifest.name, path), join(folder, target.source));
    }
  }
  return exports;
}
