import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Fault } from './run.ts';

const folder = fileURLToPath(new URL('./corpus/', import.meta.url));

/** What a target is fed to begin with: the files of its folder. */
export function corpusOf(target: string): Buffer[] {
  const files = readdirSync(folder + target).sort();
  return files.map((file) => readFileSync(`${folder}${target}/${file}`));
}

/** Keeps an input that was found, so that every later run begins with it. Returns its path. */
export function keepFault({ target, input }: Fault): string {
  const hash = createHash('sha256').update(input).digest('hex').slice(0, 12);
  return keep(target, `found-${hash}.bin`, input);
}

export function keep(target: string, name: string, input: Uint8Array): string {
  const path = `${folder}${target}/${name}`;
  mkdirSync(`${folder}${target}`, { recursive: true });
  writeFileSync(path, input);
  return path;
}
