import type { Benchmark, Reading } from '../benchmark.ts';
import { chooseLoad } from '../load/choose-load.ts';
import { modelFolder } from '../sides/model-folder.ts';
import { installPeer, type PeerName, startPeer } from '../sides/peers.ts';
import { inferPath, startRuntime } from '../sides/runtime.ts';
import { digits, jsonBody } from './cases.ts';

const goals = { fastapi: 4, mlserver: 10 } as const;
const names = Object.keys(goals) as PeerName[];

/** The same model and the same requests, on what else people serve with. */
export const peers: Benchmark = {
  name: 'serving-peers',
  notes: [
    'peers: requests a second, digits_cnn JSON at 16 connections, one process and one intra-op thread each: FastAPI on',
    '  uvicorn with uvloop and httptools, MLServer in-process, the runtime with one serving thread.',
  ],
  async open({ quick, stack, say }) {
    const forMs = quick ? 1_000 : 3_000;
    const load = await chooseLoad(stack, say);
    const { body } = jsonBody(digits);
    const folder = stack.use(await modelFolder(digits));
    const runtime = stack.use(await startRuntime(folder.path));
    const others = new Map<PeerName, number>();
    for (const name of names) {
      say(`serving-peers: installing and starting ${name}`);
      await installPeer(name);
      others.set(name, stack.use(await startPeer(name, digits, body)).port);
    }
    const measure = async (port: number, ms: number) => {
      const order = { port, path: inferPath(digits.name), body, connections: 16, forMs: ms };
      return (await load(order)).requestsPerSecond;
    };
    for (const port of [runtime.port, ...others.values()]) await measure(port, 1_000);
    return async () => {
      const own = await measure(runtime.port, forMs);
      const readings: Reading[] = [
        { name: 'requests, digits_cnn, 16 connections: runtime', unit: '1/s', value: own },
      ];
      for (const [name, port] of others) readings.push(...compare(name, own, await measure(port, forMs)));
      return readings;
    };
  },
};

function compare(name: PeerName, own: number, other: number): Reading[] {
  const beside = `requests beside ${name}, digits_cnn, 16 connections`;
  return [
    { name: beside, unit: '×', goal: goals[name], bound: 'at least', value: own / other },
    { name: `requests, digits_cnn, 16 connections: ${name}`, unit: '1/s', value: other },
  ];
}
