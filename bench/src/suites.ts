import type { Benchmark } from './benchmark.ts';
import { footprint } from './footprint.ts';
import { ingest } from './ingest.ts';
import { outbox } from './outbox.ts';
import { reconnect } from './reconnect.ts';
import { recovery } from './recovery.ts';
import { binary } from './serving/binary.ts';
import { grpc } from './serving/grpc.ts';
import { memory } from './serving/memory.ts';
import { neighbour } from './serving/neighbour.ts';
import { overhead } from './serving/overhead.ts';
import { overload } from './serving/overload.ts';
import { peers } from './serving/peers.ts';
import { swap } from './serving/swap.ts';
import { threads } from './serving/threads.ts';
import { wire } from './wire.ts';

const serving = [overhead, threads, grpc, binary, overload, swap, neighbour, memory];

/** Every benchmark by its own name, in the order in which a suite runs them. */
const all: readonly Benchmark[] = [...serving, peers, footprint, recovery, outbox, ingest, reconnect, wire];

/** What can be asked for. */
export const names: readonly string[] = ['serving', ...all.map(({ name }) => name)];

/** The benchmarks of a name: one, or all of serving, the peers only if they are wanted. None where it names nothing. */
export function benchmarksOf(name: string, { withPeers }: { readonly withPeers: boolean }): Benchmark[] {
  if (name === 'serving') return withPeers ? [...serving, peers] : [...serving];
  return all.filter((benchmark) => benchmark.name === name);
}
