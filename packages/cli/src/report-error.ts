import { findCode } from '@skerry/contracts';
import { exitCodeOf, knownError } from './errors.ts';
import type { Output } from './io/output.ts';
import { cleanLines } from './render/clean.ts';

/** Tells on stderr what failed, why, and what to do next. Returns the exit status. */
export function reportError(error: unknown, stderr: Output, json: boolean): number {
  const known = knownError(error);
  const { code, detail, next } = known;
  const title = findCode(code)?.title ?? known.title;
  const exit = exitCodeOf(code);
  if (json) stderr.line(JSON.stringify({ error: { code, title, detail, next, exit } }));
  else for (const line of forPeople({ code, title, detail, next }, stderr)) stderr.line(line);
  return exit;
}

function forPeople(
  { code, title, detail, next }: { code: string; title: string; detail: string; next: string },
  { paint }: Output,
): string[] {
  return [
    `${paint('red', `✗ ${title}`)}: ${cleanLines(detail)}`,
    `  Next: ${cleanLines(next)}`,
    paint('dim', `  Code: ${code} (skerry explain ${code})`),
  ];
}
