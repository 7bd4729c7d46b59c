import { parentPort, workerData } from 'node:worker_threads';
import { nodeClock } from '@skerry/kit/node';
import { currentThreadId, lowerPriority } from '../cores/pin.ts';
import { openOnnxEngine } from '../engines/onnx-engine.ts';
import { peerAt } from '../threads/calls.ts';
import { instanceHost } from './instance-host.ts';
import { lazyWires } from './wires.ts';

if (workerData.isLow) lowerPriority(currentThreadId());
const clock = nodeClock();
const wires = lazyWires();
const engine = await openOnnxEngine();
const own = instanceHost({ engine, clock, wires, board: workerData.board });
peerAt(parentPort!, { clock, own, deadlineMs: 0 });
// Almost every first request is one of these.
void wires.load('rest');
