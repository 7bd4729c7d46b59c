import { isSkerryError } from '@skerry/kit';
import type { Tensor } from '../tensors/tensor.ts';
import { until } from '../until.ts';
import { FOR_EVER, testPool, turns } from './test-pool.ts';

/*
 * A process that lets a model hang twice and tells what came of it, one line of JSON. It then kills itself: threads
 * that hang in native code keep a process from ending otherwise.
 */
const told: unknown[] = [];
const given: string[] = [];
const { pool, open } = testPool({ hungAfterMs: 1_500, onGivenUp: ({ name }) => given.push(name) });
const looping = await open('fixtures/loop.onnx');
// With two threads at least: one beside, and one that shares the thread that hangs.
const beside = await open('models/digits_cnn.onnx');
const sharing = await open('fixtures/scalars.onnx');
const one: Tensor = { datatype: 'FP32', shape: [], data: Float32Array.of(1) };
const codeOf = (error: unknown) => isSkerryError(error) && error.code;

told.push([...((await looping.run(turns(3n))) as Float32Array)]);
told.push(await looping.run(turns(FOR_EVER)).catch(codeOf));
told.push([...((await looping.run(turns(4n))) as Float32Array)]);
told.push(given.length, pool.abandoned);
told.push(await looping.run(turns(FOR_EVER)).catch(codeOf));
await until(() => given.length > 0);
await until(() => sharing.version.instances === 1);
told.push(given, pool.abandoned, beside.version.instances, [
  ...((await sharing.run(one, one)) as Float32Array),
]);
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.kill(process.pid, 'SIGKILL'));
