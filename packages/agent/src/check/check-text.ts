import { styleText } from 'node:util';
import type { Finding, FindingStatus } from './finding.ts';

const marks = { pass: '✓', warn: '!', fail: '✗' } as const;
const colours = { pass: 'green', warn: 'yellow', fail: 'red' } as const;

/** One finding for a person: `✗ files  what is wrong`, and below it what to do. */
export function findingText({ check, status, message, next }: Finding, colour: boolean): string {
  const mark = colour ? styleText(colours[status], marks[status], { validateStream: false }) : marks[status];
  const head = `${mark} ${check.padEnd(NAME_WIDTH)} ${plain(message)}`;
  return next === undefined ? head : `${head}\n${' '.repeat(NAME_WIDTH + 3)}→ ${plain(next)}`;
}

const NAME_WIDTH = 11;

/** `9 good, 2 warnings, 1 failure`. */
export function summaryText(findings: readonly Finding[]): string {
  const count = (status: FindingStatus) => findings.filter((finding) => finding.status === status).length;
  const many = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
  return `${count('pass')} good, ${many(count('warn'), 'warning')}, ${many(count('fail'), 'failure')}`;
}

/** Names and errors come from elsewhere: nothing of them may move the cursor or begin a line. */
const plain = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out.
  text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
