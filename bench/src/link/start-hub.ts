import { freePort, type Hub, openStage, startHub } from '@skerry/testkit';
import type { BenchmarkOptions } from '../benchmark.ts';

export interface BenchHub {
  readonly hub: Hub;
  /** Of MQTT over TLS. */
  readonly mqttPort: number;
}

/** The hub as it is shipped, in a process of its own on a folder of its own. */
export async function startBenchHub({ stack }: Pick<BenchmarkOptions, 'stack'>): Promise<BenchHub> {
  const story = { name: 'bench', passed: true, after: (end: () => Promise<void>) => stack.defer(end) };
  const mqttPort = await freePort();
  const args = ['--mqtt-listen', `127.0.0.1:${mqttPort}`, '--log-level', 'warn'];
  return { hub: await startHub(openStage(story, { built: true }), { args }), mqttPort };
}
