import { listOf } from '@skerry/contracts';
import type { z } from 'zod';
import type { Call, Caller } from './caller.ts';

export interface ListOptions {
  /** The query in which `next` of one page asks for the page behind it. */
  readonly cursor?: 'after' | 'before';
  /** Items that the caller wants at most. */
  readonly most?: number | undefined;
}

/** Every item of a list, page after page. */
export async function readAll<Item extends z.ZodType>(
  caller: Caller,
  item: Item,
  call: Call,
  { cursor = 'after', most = Number.POSITIVE_INFINITY }: ListOptions = {},
): Promise<z.output<Item>[]> {
  const schema = listOf(item);
  const items: z.output<Item>[] = [];
  let next: string | undefined;
  do {
    const page = await caller.read(schema, { ...call, query: { ...call.query, [cursor]: next } });
    items.push(...page.items);
    // Where new items may come later, a list says where, and its last page is an empty one.
    next = page.items.length > 0 && page.next !== next ? page.next : undefined;
  } while (next !== undefined && items.length < most);
  return items.slice(0, most);
}
