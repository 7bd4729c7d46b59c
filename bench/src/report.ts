import type { Figure } from './judge.ts';

const columns = ['', 'FIGURE', 'VALUE', 'GOAL', 'SPREAD', ''] as const;
const signs = { holds: '✓', missed: '✗', undecided: '?', reference: '·' } as const;

/** The figures for people, one a line, with what was measured beside them as notes below. */
export function table(figures: readonly Figure[], notes: readonly string[]): string {
  const rows = figures.map(({ name, value, unit, goal, spread, verdict }) => [
    signs[verdict],
    name,
    `${show(value)} ${unit}`,
    goal === undefined ? '' : `≤ ${show(goal)} ${unit}`,
    show(spread),
    verdict,
  ]);
  const widths = columns.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 2 || i === 4 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(columns), ...rows.map(line), ...notes].join('\n');
}

/** The figures that have a goal, for programs: exactly one line. */
export function jsonLine(bench: string, figures: readonly Figure[]): string {
  const judged = figures.filter(({ goal }) => goal !== undefined);
  const rounded = judged.map(({ name, value, unit, goal, holds, spread }) => ({
    name,
    value: round(value),
    unit,
    goal,
    holds,
    spread: round(spread),
  }));
  return JSON.stringify({ bench, figures: rounded });
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

function show(value: number): string {
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
