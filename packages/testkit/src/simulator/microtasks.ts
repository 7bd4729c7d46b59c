import { setFlagsFromString } from 'node:v8';

/**
 * Runs every promise callback that is due, and those that follow from them, before it returns. V8 does that between
 * two callbacks of the event loop anyhow; asked for by name it costs a fifth of a round of the loop, and a simulated
 * history has hundreds of millions of them. Only to be called outside of promise callbacks.
 */
export function microtaskDrain(): () => void {
  setFlagsFromString('--allow-natives-syntax');
  return new Function('%PerformMicrotaskCheckpoint()') as () => void;
}
