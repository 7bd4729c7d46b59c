import { writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { nodeClock, nodeDisk } from '@skerry/kit/node';
import { openOnnxEngine } from '../engines/onnx-engine.ts';
import { acceptanceQuestion } from './acceptance.ts';
import { runAcceptance } from './run-acceptance.ts';

// A process of its own, so that a model that crashes the engine, hangs or eats all memory takes nothing with it: where
// memory runs out, it is this one that Linux is to kill.
await writeFile('/proc/self/oom_score_adj', '1000').catch(() => {});
const { path } = acceptanceQuestion.parse(JSON.parse(await text(process.stdin)));
const tools = { disk: nodeDisk(), clock: nodeClock(), engine: await openOnnxEngine() };
process.stdout.write(`${JSON.stringify(await runAcceptance(tools, path))}\n`);
