import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** For tests: the kernel's id of another thread, which waits until the test is over. */
export async function otherThread(t: { after: (fn: () => unknown) => void }): Promise<number> {
  const pin = JSON.stringify(new URL('./pin.ts', import.meta.url).href);
  const worker = new Worker(
    `import(${pin}).then((it) => require('node:worker_threads').parentPort.postMessage(it.currentThreadId()));
     setInterval(() => {}, 1000)`,
    { eval: true },
  );
  t.after(() => worker.terminate());
  const [threadId] = await once(worker, 'message');
  return threadId;
}
