import type { Cli } from '../cli.ts';
import { type FleetEntry, readFleet } from './read-file.ts';

const maxBytes = 1024 * 1024;

/** The objects of a fleet file; `-` is standard input. */
export async function readFleetFile({ ports, stdin }: Cli, file: string): Promise<FleetEntry[]> {
  if (file === '-') return readFleet({ name: 'standard input', text: await stdin.readAll(maxBytes) });
  return readFleet({ name: file, text: Buffer.from(await ports.disk.read(file)).toString() });
}
