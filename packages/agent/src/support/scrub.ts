import { formsOf, LEAST_LENGTH, replaceEncoded } from './encodings.ts';
import { REMOVED, removePatterns } from './patterns.ts';
import { isSecretName } from './secret-names.ts';

/** Takes secrets out: those that are known, whatever way they are written, and what looks like one. */
export interface Scrubber {
  text(text: string): string;
  /** Any JSON, with the values of secret names taken out whole. */
  json(value: unknown): unknown;
  /** True where a known secret is left. */
  finds(text: string): boolean;
}

export function scrubber(secrets: Iterable<string>): Scrubber {
  const isFit = (secret: string) => secret.length >= LEAST_LENGTH && !REMOVED.includes(secret);
  const long = [...new Set(secrets)].filter(isFit);
  const forms = long.flatMap(formsOf).toSorted((a, b) => b.length - a.length);
  const known = forms.length > 0 ? new RegExp(forms.map((form) => escaped(form)).join('|'), 'g') : undefined;
  const plain = (text: string) => removePatterns(known ? text.replace(known, REMOVED) : text);
  // What is encoded goes whole, before a part of it that is known would break it up.
  const text = (given: string) =>
    plain(replaceEncoded(given, (stretch, decoded) => (plain(decoded) === decoded ? stretch : REMOVED)));

  const json = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(json);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([name, inner]) => [text(name), isSecretName(name) ? REMOVED : json(inner)]),
    );
  };
  return { text, json, finds: (given) => known !== undefined && given.search(known) !== -1 };
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
