import type { Bound, Figure } from './judge.ts';

const columns = ['', 'FIGURE', 'VALUE', 'GOAL', 'SPREAD', ''] as const;
const signs = { holds: '✓', missed: '✗', undecided: '?', reference: '·', failed: '✗' } as const;

/** The figures for people, one a line, with what was measured beside them as notes below. */
export function table(figures: readonly Figure[], notes: readonly string[]): string {
  const rows = figures.map((figure) => [
    signs[figure.verdict],
    figure.name,
    `${shown(figure.value)} ${figure.unit}`,
    figure.goal === undefined ? '' : `${signOf(figure.bound)} ${shown(figure.goal)} ${figure.unit}`,
    shown(figure.spread),
    figure.error === undefined ? figure.verdict : `failed: ${figure.error.split('\n')[0]}`,
  ]);
  const widths = columns.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 2 || i === 4 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(columns), ...rows.map(line), ...notes].join('\n');
}

/** The figures that have a goal, and what failed (value null), for programs: exactly one line. */
export function jsonLine(bench: string, figures: readonly Figure[]): string {
  const judged = figures.filter(({ goal, error }) => goal !== undefined || error !== undefined);
  const rounded = judged.map(({ name, value, unit, goal, bound, holds, spread, error }) => ({
    name,
    value: round(value),
    unit,
    goal,
    bound,
    holds,
    spread: round(spread),
    error,
  }));
  return JSON.stringify({ bench, figures: rounded });
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

function signOf(bound: Bound = 'at most'): string {
  return bound === 'at least' ? '≥' : '≤';
}

/** With three digits, or all before the point. */
export function shown(value: number): string {
  if (Number.isNaN(value)) return '–';
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
