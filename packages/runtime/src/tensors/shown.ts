const LONGEST = 40;

/** What a client sent, as an error shows it: a text or number cut short, anything else by its kind alone. */
export const shown = (value: unknown): string =>
  typeof value === 'object' ? kindOf(value) : `${value}`.slice(0, LONGEST);

/** Such as `a list`. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
