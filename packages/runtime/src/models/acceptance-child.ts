import { text } from 'node:stream/consumers';
import { nodeClock, nodeDisk } from '@skerry/kit/node';
import { openOnnxEngine } from '../engines/onnx-engine.ts';
import { acceptanceQuestion } from './acceptance.ts';
import { runAcceptance } from './run-acceptance.ts';

// A process of its own, so that a model that crashes the engine, hangs or eats all memory takes nothing with it.
const { path } = acceptanceQuestion.parse(JSON.parse(await text(process.stdin)));
const tools = { disk: nodeDisk(), clock: nodeClock(), engine: await openOnnxEngine() };
process.stdout.write(`${JSON.stringify(await runAcceptance(tools, path))}\n`);
