import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './children.ts';

/** A service that is started again when it dies, as the init system of a real machine would. */
export interface Service {
  readonly name: string;
  /** The process of now. */
  readonly child: Child;
  /** From now on its end is what was wanted. */
  release(): Child;
}

const pauseMs = 1000;

export function supervise(start: () => Child, onEnd: (text: string) => void): Service {
  let child = start();
  let released = false;
  const watch = async () => {
    while (!released) {
      const how = await child.exited;
      if (released) return;
      onEnd(`${child.name} ended (${how}); it is started again`);
      await sleep(pauseMs);
      if (!released) child = start();
    }
  };
  void watch();
  return {
    name: child.name,
    get child() {
      return child;
    },
    release() {
      released = true;
      return child;
    },
  };
}
