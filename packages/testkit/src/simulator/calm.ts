import type { SimDevice } from './sim-device.ts';
import type { World } from './world.ts';

/** When something befell a device, or the hub that all have. */
export interface Calm {
  /** A fault has come over it, or over the hub; to be called when that is over. */
  struck(device: SimDevice | undefined): () => void;
  /** Since when nothing befalls device and hub; undefined while something does. */
  since(device: SimDevice): number | undefined;
}

export function calm(world: World): Calm {
  const about = new Map<SimDevice | undefined, { faults: number; until: number }>();
  const of = (whom: SimDevice | undefined) => {
    const known = about.get(whom) ?? { faults: 0, until: 0 };
    about.set(whom, known);
    return known;
  };
  return {
    struck(device) {
      const it = of(device);
      it.faults += 1;
      return () => {
        it.faults -= 1;
        it.until = world.elapsed;
      };
    },
    since(device) {
      const both = [of(device), of(undefined)];
      return both.some(({ faults }) => faults > 0) ? undefined : Math.max(...both.map(({ until }) => until));
    },
  };
}
