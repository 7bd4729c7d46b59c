import type { ProjectClient } from '@skerry/sdk';
import type { BenchDevice } from './join-devices.ts';

/** What the hub holds of devices that had so many messages each: how many are missing, how many are there twice. */
export async function deliveries(people: ProjectClient, devices: readonly BenchDevice[], each: number) {
  let missing = 0;
  let twice = 0;
  for (const { name } of devices) {
    const [stream] = await people.devices.streams(name);
    const { delivered = 0, distinct = 0 } = stream ?? {};
    missing += each - distinct;
    twice += delivered - distinct;
  }
  return { missing, twice };
}
