import { styleText } from 'node:util';

/** One line of a log. */
export interface LogEntry {
  /** Who said it. */
  readonly part: string;
  /** Ms since the epoch, by the machine's clock of then; of a line without, that of the one before. */
  readonly time: number;
  /** In pino's numbers: 20 debug, 30 info, 40 warn, 50 error, 60 fatal. Undefined where the line is no line of a log. */
  readonly level: number | undefined;
  readonly message: string;
  /** All else that the line says. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const levels = [
  { from: 50, name: 'error', colour: 'red' },
  { from: 40, name: 'warn', colour: 'yellow' },
  { from: 30, name: 'info', colour: 'green' },
  { from: 0, name: 'debug', colour: 'gray' },
] as const;

/** `2026-11-21 14:03:07 agent   warn  the hub is away  host=hub.local: connection refused`, in the machine's time zone. */
export function entryText({ part, time, level, message, fields }: LogEntry, colour: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const known = levels.find(({ from }) => level !== undefined && level >= from);
  const { err, times, ...others } = fields;
  const named = Object.entries(others).map(([key, value]) => paint('gray', `${key}=${short(value)}`));
  const parts = [
    paint('gray', timeOf(time)),
    part.padEnd(7),
    known ? paint(known.colour, known.name.padEnd(5)) : '     ',
    plain(message),
    ...named,
    ...(times === undefined ? [] : [`×${times}`]),
  ];
  const why = (err as { message?: unknown } | undefined)?.message;
  return `${parts.join(' ')}${typeof why === 'string' ? `: ${plain(why)}` : ''}`;
}

function timeOf(time: number): string {
  const at = new Date(time);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${at.toTimeString().slice(0, 8)}`;
}

const short = (value: unknown) => plain(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Names come from devices and people: nothing of them may move the cursor or begin a line. */
const plain = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out.
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => JSON.stringify(char).slice(1, -1));
