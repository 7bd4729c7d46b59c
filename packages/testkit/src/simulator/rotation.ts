import { keyFolder } from '../../../hub/src/identity/key-folder.ts';
import { rotateIssuing, rotateRoot } from '../../../hub/src/identity/rotate.ts';
import { ROOM } from './sim-disk.ts';
import type { HubMachine } from './sim-hub.ts';
import { simProcess } from './sim-process.ts';

const rotations = { issuing: rotateIssuing, root: rotateRoot } as const;
export type Rotation = keyof typeof rotations;

/** What a person does with `skerry hub rotate`. */
export async function rotate(machine: HubMachine, what: Rotation): Promise<void> {
  const { medium, database, net, skew } = machine;
  const hubId = String(database.prepare('SELECT hub_id FROM installation').get()?.hub_id);
  // Who does this makes room first.
  medium.disk.setFree(ROOM);
  const keys = keyFolder(medium.disk, '/hub/keys');
  const { world } = net;
  const { clock, random } = simProcess({ world, name: `rotation at ${world.elapsed}`, skew });
  await rotations[what]({ hubId, keys, clock, random });
}
