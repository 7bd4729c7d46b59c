import type { MessagePort, Transferable } from 'node:worker_threads';
import { type Clock, withDeadline } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { PlainError } from '../execution/protocol.ts';
import { errorOf, plainError } from './plain-error.ts';

type Message =
  | { readonly id: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: PlainError };

/** A port, or a worker as its parent sees it. */
type Port = Pick<MessagePort, 'postMessage'> & {
  on(event: 'message', listener: (message: Message) => void): unknown;
};

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The other side of a port, whose methods are called by message. */
export interface Peer {
  /** Rejects with what the method threw there, with `DeadlineExceeded`, or with the reason of `end`. */
  call(method: string, args: readonly unknown[], transfer?: readonly Transferable[]): Promise<unknown>;
  /** The other side is gone: rejects what waits and all that comes. */
  end(reason: Error): void;
}

export interface PeerOptions {
  readonly clock: Clock;
  /** What the other side may call. */
  readonly own: object;
  /** For one call. */
  readonly deadlineMs: number;
}

export function peerAt(port: Port, { clock, own, deadlineMs }: PeerOptions): Peer {
  const waiting = new Map<number, Waiting>();
  const methods = own as Readonly<Record<string, ((...args: readonly unknown[]) => unknown) | undefined>>;
  let lastId = 0;
  let ended: Error | undefined;

  const answer = async (id: number, name: string, args: readonly unknown[]) => {
    try {
      const method = methods[name];
      if (!method) throw failure('Internal', `no method ${name} on this thread`);
      port.postMessage({ id, result: await method(...args) });
    } catch (error) {
      port.postMessage({ id, error: plainError(error) });
    }
  };
  port.on('message', (message) => {
    if ('method' in message) return void answer(message.id, message.method, message.args);
    const caller = waiting.get(message.id);
    waiting.delete(message.id);
    if ('error' in message) caller?.reject(errorOf(message.error));
    else caller?.resolve(message.result);
  });

  return {
    call(method, args, transfer = []) {
      if (ended) return Promise.reject(ended);
      const id = ++lastId;
      const answered = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
      port.postMessage({ id, method, args }, transfer);
      const late = withDeadline(answered, deadlineMs, clock, `another thread, asked to ${method},`);
      return late.finally(() => waiting.delete(id));
    },
    end(reason) {
      ended = reason;
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    },
  };
}

/** An interface whose methods are all asynchronous, as the other side of a port has it. */
export function objectAt<T>(peer: Peer, methods: readonly (keyof T & string)[]): T {
  const calls = methods.map((name) => [name, (...args: unknown[]) => peer.call(name, args)] as const);
  return Object.fromEntries(calls) as T;
}
