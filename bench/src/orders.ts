import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A helper process that carries out one kind of order. */
export interface Helper<Order, Result> extends AsyncDisposable {
  readonly pid: number;
  /** Rejects when the helper could not do it, or ended. */
  ask(order: Order): Promise<Result>;
}

type Reply<Result> = { readonly result: Result } | { readonly error: string };

/** Starts `NAME.ts`, a path from this folder, as a process; it has to call {@link answerOrders}. */
export function startHelper<Order, Result>(name: string): Helper<Order, Result> {
  const child = fork(fileURLToPath(new URL(`./${name}.ts`, import.meta.url)), { serialization: 'advanced' });
  const ended = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    async ask(order) {
      child.send(order as object);
      const reply = await Promise.race([once(child, 'message'), ended.then(() => undefined)]);
      if (!reply) throw new Error(`${name} ended in the middle of an order`);
      const [answer] = reply as [Reply<Result>];
      if ('error' in answer) throw new Error(`${name}: ${answer.error}`);
      return answer.result;
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await ended;
    },
  };
}

/** The helper's side: carries out each order that arrives, until its parent lets go. */
export function answerOrders<Order, Result>(carryOut: (order: Order) => Promise<Result>): void {
  process.on('message', async (order) => {
    const reply: Reply<Result> = await carryOut(order as Order).then(
      (result) => ({ result }),
      (error) => ({ error: String(error) }),
    );
    process.send?.(reply);
  });
}
