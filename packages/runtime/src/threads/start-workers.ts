import { Worker } from 'node:worker_threads';
import { entryUrl } from '@skerry/kit';
import type { Context } from '../context.ts';
import { failure } from '../errors.ts';
import type { Central } from '../serving/central.ts';
import { objectAt, type Peer, peerAt } from './calls.ts';
import { type Pulse, pulseBytes, pulseIn, watchPulse } from './pulse.ts';
import { type InstanceRequests, type ServingWorker, workerMethods } from './serving.ts';
import type { ServingThreadData } from './serving-thread.ts';

/** What workers may call. */
type OwnMethods = Central & InstanceRequests;

/** A serving thread beside the main one. */
export interface StartedWorker {
  readonly thread: ServingWorker;
  readonly pulse: Pulse;
}

/** Opening a large model, or draining, may take a thread so long. */
const CALL_MS = 60_000;

/** Starts so many workers, as a part of the lifetime. When one is lost, or hangs, the process ends. */
export function startWorkers(context: Context, count: number, own: OwnMethods): Promise<StartedWorker[]> {
  const all: Started[] = [];
  return context.life.start(
    'serving threads',
    async () => {
      for (let index = 1; index <= count; index++) all.push(startWorker(context, index, own));
      await Promise.all(all.map(({ online }) => online));
      return all;
    },
    async (started) => void (await Promise.all(started.map(({ stop }) => stop()))),
  );
}

interface Started extends StartedWorker {
  readonly online: Promise<void>;
  stop(): Promise<unknown>;
}

function startWorker(context: Context, index: number, own: OwnMethods): Started {
  const { settings, security, version, ports, giveUp, pulse: mainPulse } = context;
  const memory = new SharedArrayBuffer(pulseBytes);
  const workerData: ServingThreadData = {
    settings,
    security: security.files,
    version,
    index,
    pulse: memory,
    mainPulse: mainPulse.memory,
  };
  const worker = new Worker(entryUrl(import.meta.url, './serving-thread.ts'), {
    workerData,
    name: `serving ${index}`,
  });
  const peer = peerAt(worker, { clock: ports.clock, own, deadlineMs: CALL_MS });
  const pulse = pulseIn(memory);
  const stopWatching = watchPulse(ports.clock, pulse, () =>
    giveUp(`serving thread ${index} hangs: a call of the engine does not end`),
  );
  let stopping = false;
  const lost = (why: string) => {
    stopWatching();
    peer.end(failure('Internal', why));
    if (!stopping) giveUp(why);
  };
  const online = new Promise<void>((resolve, reject) => {
    worker.once('online', resolve);
    worker.once('error', (error) => {
      reject(error);
      lost(`serving thread ${index} failed: ${error instanceof Error ? error.stack : String(error)}`);
    });
    worker.once('exit', () => lost(`serving thread ${index} has ended`));
  });
  return {
    thread: { ...objectAt<ServingWorker>(peer, workerMethods), link: linkAt(peer) },
    pulse,
    online,
    stop: () => {
      stopping = true;
      stopWatching();
      return worker.terminate();
    },
  };
}

/** Ports are given away, which the call has to say. */
const linkAt =
  (peer: Peer): ServingWorker['link'] =>
  async (id, change) => {
    await peer.call('link', [id, change], change.type === 'added' ? [change.link.port] : []);
  };
