import { setPriority } from 'node:os';
import { type Helper, startHelper } from '../orders.ts';
import type { LoadOrder } from './closed-loop.ts';
import type { LoadResult } from './load-result.ts';
import type { Arrivals, OpenLoopOrder } from './open-loop.ts';

/** A process that sends requests. */
export interface Load extends AsyncDisposable {
  closed(order: LoadOrder): Promise<LoadResult>;
  open(order: OpenLoopOrder): Promise<Arrivals>;
}

/** @param nice  above 0, it steps back behind what is measured */
export function startLoad(nice = 0): Load {
  const helper: Helper<LoadOrder | OpenLoopOrder, LoadResult | Arrivals> = startHelper('load/load-child');
  if (nice > 0) setPriority(helper.pid, nice);
  return {
    closed: (order) => helper.ask(order) as Promise<LoadResult>,
    open: (order) => helper.ask(order) as Promise<Arrivals>,
    [Symbol.asyncDispose]: () => helper[Symbol.asyncDispose](),
  };
}
