import { parentPort, workerData } from 'node:worker_threads';
import { lifetime } from '@skerry/kit';
import { openLog } from '@skerry/kit/log';
import { nodePorts } from '@skerry/kit/node';
import { openSecurity, type SecurityFiles } from '../access/security.ts';
import type { ServingContext } from '../context.ts';
import { openOnnxEngine } from '../engines/onnx-engine.ts';
import { type Listening, openListeners } from '../listeners.ts';
import { modelTable } from '../models/model-table.ts';
import { type Central, centralMethods } from '../serving/central.ts';
import type { Settings } from '../settings.ts';
import { objectAt, peerAt } from './calls.ts';
import { localModels } from './local-models.ts';
import { pulseIn, startBeating, watchPulse } from './pulse.ts';
import type { InstanceRequests, ServingPorts, ServingWorker } from './serving.ts';
import { keepToServingCores } from './serving-cores.ts';
import { threadOut } from './thread-out.ts';

/** A serving thread beside the main one: listeners, models and sessions of its own, on orders from the coordinator. */
export interface ServingThreadData {
  readonly settings: Settings;
  readonly security: SecurityFiles;
  readonly version: string;
  /** Counted from 1; the main thread is 0. */
  readonly index: number;
  /** Memory of its pulse. */
  readonly pulse: SharedArrayBuffer;
  /** Memory of the main thread's. */
  readonly mainPulse: SharedArrayBuffer;
}

const { settings, security, version, index, pulse: memory, mainPulse } = workerData as ServingThreadData;
const ports = nodePorts();
const { clock } = ports;
const out = threadOut();
const logger = openLog({ clock, name: `runtime/${index}`, level: settings.logLevel, out });
const life = lifetime({ clock, logger });
const pulse = pulseIn(memory);
startBeating(clock, pulse);
// Each watches the other: whoever hangs in a call of the engine cannot say so itself.
watchPulse(clock, pulseIn(mainPulse), () => {
  logger.error('the process ends, since its main thread hangs: a call of the engine does not end');
  logger.flush();
  process.kill(process.pid, 'SIGKILL');
});

await keepToServingCores({ settings, ports, logger });

let draining = false;
let listening: Listening | undefined;
const context: ServingContext = {
  settings,
  ports,
  logger,
  life,
  models: modelTable(),
  security: await openSecurity(security, { ...ports, logger, life }),
  pulse,
  version,
  isReady: () => !draining,
};

const worker: ServingWorker = {
  ...localModels({
    ...context,
    engine: await openOnnxEngine(),
    clock,
    wantInstance: (id) => coordinator.wantInstance(id),
  }),
  async listen(where: ServingPorts) {
    listening = await openListeners(context, central, where);
  },
  async drain() {
    draining = true;
    await listening?.drain();
    await life.stop();
    logger.flush();
  },
};
const CENTRAL_MS = 120_000;
const peer = peerAt(parentPort!, { clock, own: worker, deadlineMs: CENTRAL_MS });
const central = objectAt<Central>(peer, centralMethods);
const coordinator = objectAt<InstanceRequests>(peer, ['wantInstance']);
