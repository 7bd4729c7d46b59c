import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpConnection, openHttpConnection, type Post, requestBytes } from './http-connection.ts';

export interface OpenLoopOrder extends Post {
  /** Arrivals, evenly apart, whatever becomes of those before. */
  readonly perSecond: number;
  readonly forMs: number;
  /** At most; an arrival that finds all of them in use waits for one, and its clock runs. */
  readonly connections: number;
}

/** What became of each arrival, in the order of the schedule; times in ms since the epoch. */
export interface Arrivals {
  readonly due: Float64Array;
  readonly sent: Float64Array;
  readonly answered: Float64Array;
  /** 0 where no answer came. */
  readonly status: Uint16Array;
}

/** How long the last answers may take. */
const patienceMs = 5_000;

/** Sends on a schedule that no answer, and no missing answer, holds up. */
export async function applyOpenLoop(order: OpenLoopOrder): Promise<Arrivals> {
  const count = Math.floor((order.perSecond * order.forMs) / 1000);
  const now = () => performance.timeOrigin + performance.now();
  const began = now() + 20;
  const arrivals = schedule(count, began, 1000 / order.perSecond);
  await using pool = connectionPool(order);
  const request = requestBytes(order);
  let open = 0;
  for (let next = 0; next < count; ) {
    while (next < count && arrivals.due[next]! <= now()) {
      const index = next++;
      open++;
      pool.use((connection, done) => {
        arrivals.sent[index] = now();
        connection.send(request, ({ status }) => {
          arrivals.answered[index] = now();
          arrivals.status[index] = status;
          open--;
          done();
        });
      });
    }
    await sleep(1);
  }
  for (const end = now() + patienceMs; open > 0 && now() < end; ) await sleep(5);
  return arrivals;
}

function schedule(count: number, began: number, intervalMs: number): Arrivals {
  return {
    due: Float64Array.from({ length: count }, (_, i) => began + i * intervalMs),
    sent: new Float64Array(count),
    answered: new Float64Array(count),
    status: new Uint16Array(count),
  };
}

type Use = (connection: HttpConnection, done: () => void) => void;

/** Opens a connection when all are in use, up to a bound; beyond it, first come is first served. */
function connectionPool({ port, connections }: OpenLoopOrder) {
  const all = new Set<HttpConnection>();
  const idle: HttpConnection[] = [];
  const queue: Use[] = [];
  const give = (use: Use) => {
    const connection = takeIdle() ?? openHttpConnection(port);
    all.add(connection);
    use(connection, () => {
      if (connection.usable) idle.push(connection);
      else drop(connection);
      const next = queue.shift();
      if (next) give(next);
    });
  };
  const takeIdle = () => {
    for (let one = idle.pop(); one; one = idle.pop()) {
      if (one.usable) return one;
      drop(one);
    }
    return undefined;
  };
  const drop = (connection: HttpConnection) => {
    connection.close();
    all.delete(connection);
  };
  return {
    use(use: Use) {
      if (idle.length > 0 || all.size < connections) give(use);
      else queue.push(use);
    },
    async [Symbol.asyncDispose]() {
      queue.length = 0;
      for (const connection of all) connection.close();
    },
  };
}
