import { hubError } from '../errors.ts';

/** What a request demands of the state that it finds (RFC 9110 §13.1). */
export interface Preconditions {
  readonly ifMatch?: EntityTags;
  readonly ifNoneMatch?: EntityTags;
}
type EntityTags = '*' | readonly string[];

/** The tag of an object: its id, so that one made anew under the same name has another, and its generation. */
export function entityTag({ id, generation }: { id: string; generation: number }): string {
  return `"${id}.${generation}"`;
}

export function preconditionsOf(headers: Record<string, string | string[] | undefined>): Preconditions {
  const ifMatch = parseTags(headers['if-match']);
  const ifNoneMatch = parseTags(headers['if-none-match']);
  return { ...(ifMatch && { ifMatch }), ...(ifNoneMatch && { ifNoneMatch }) };
}

/** Throws `PreconditionFailed` unless a write may go ahead; `current` is absent where there is no object. */
export function checkPreconditions(
  { ifMatch, ifNoneMatch }: Preconditions,
  current: string | undefined,
): void {
  if (ifMatch && !matches(ifMatch, current))
    throw hubError(
      'PreconditionFailed',
      current ? 'the object has changed since it was read' : 'the object is gone',
    );
  if (ifNoneMatch && matches(ifNoneMatch, current))
    throw hubError('PreconditionFailed', 'the object exists already');
}

/** Whether a reader has the current state (RFC 9110 §13.1.2, weak comparison). */
export function isUnchanged({ ifNoneMatch }: Preconditions, current: string): boolean {
  return ifNoneMatch !== undefined && matches(ifNoneMatch, current);
}

function matches(tags: EntityTags, current: string | undefined): boolean {
  if (current === undefined) return false;
  return tags === '*' || tags.includes(current);
}

function parseTags(header: string | string[] | undefined): EntityTags | undefined {
  if (header === undefined) return undefined;
  const text = Array.isArray(header) ? header.join(',') : header;
  if (text.trim() === '*') return '*';
  return [...text.matchAll(/(?:W\/)?("[^"]*")/g)].map(([, tag]) => tag!);
}
