import type { ServerResponse } from 'node:http';
import type { Room } from './body.ts';
import type { BodyMemory } from './body-memory.ts';
import type { InFlight } from './in-flight.ts';

/**
 * Room for the body of one request, counted until its response is over. The byte `alignedAt` of a body of announced
 * length comes to lie where any element may.
 */
export function roomFor(
  response: ServerResponse,
  memory: BodyMemory,
  inFlight: InFlight,
  alignedAt: number,
): Room {
  let held = 0;
  const grow = (bytes: number) => {
    inFlight.enter(bytes);
    if (held === 0) response.once('close', () => inFlight.leave(held));
    held += bytes;
  };
  return {
    grow,
    take(length) {
      grow(length);
      return memory.take(length, alignedAt);
    },
  };
}
