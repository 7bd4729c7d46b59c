const SECRET_NAME = /secret|token|password|passphrase|authorization|cookie|credential|private_?key|api_?key/i;
const SECRET_TEXT = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const MAX_DEPTH = 4;
const MAX_ITEMS = 20;
const MAX_TEXT = 2_000;

export const REDACTED = '[redacted]';

/** A value fit to be written: secrets by their names taken out, bounded in depth, items and text. */
export function redact(value: unknown, name = '', depth = 0): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (SECRET_NAME.test(name)) return REDACTED;
  if (typeof value === 'string') return redactText(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (typeof value !== 'object') return value === undefined ? undefined : String(value);
  if (depth >= MAX_DEPTH) return '[…]';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redact(item, '', depth + 1));
  const entries = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(entries.map(([key, inner]) => [key, redact(inner, key, depth + 1)]));
}

function redactText(text: string): string {
  if (SECRET_TEXT.test(text)) return REDACTED;
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
