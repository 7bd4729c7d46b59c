import type { DesiredVersion } from '@skerry/contracts';
import { isOlder } from '../../../agent/src/desired/desired.ts';
import { type Fleet, signedName } from './fleet.ts';
import type { SimDevice } from './sim-device.ts';

/** Holds what devices apply against what the hub signed and wants. */
export interface DesiredWatch {
  applied(device: SimDevice, version: DesiredVersion): void;
  /** What stands on the device's disk now, to go back to. */
  remember(device: SimDevice): () => void;
  cloned(device: SimDevice, clone: SimDevice): void;
  forget(clone: SimDevice): void;
  /** The reason why devices have not applied what the hub wants; undefined where all have. */
  whyBehind(): string | undefined;
}

export function desiredWatch(fleet: Fleet, report: (device: string, what: string) => void): DesiredWatch {
  const newest = new Map<string, DesiredVersion>();
  const put = (name: string, version: DesiredVersion | undefined) => {
    if (version) newest.set(name, version);
    else newest.delete(name);
  };
  return {
    applied({ id, name }, version) {
      const before = newest.get(name);
      newest.set(name, version);
      if (!fleet.signed.has(signedName(id, version)))
        report(name, `it applied ${nameOf(version)}, which the hub never signed`);
      if (before && isOlder(version, before))
        report(name, `it went back from ${nameOf(before)} to ${nameOf(version)}`);
    },
    remember({ name }) {
      const version = newest.get(name);
      return () => put(name, version);
    },
    cloned: (device, clone) => put(clone.name, newest.get(device.name)),
    forget: ({ name }) => void newest.delete(name),
    whyBehind() {
      const wanted = fleet.books.desired();
      if (!wanted) return 'a transaction is open';
      const behind = fleet.devices.find(({ id, name }) => {
        const own = newest.get(name);
        const want = wanted.get(id);
        return own?.epoch !== want?.epoch || own?.version !== want?.version;
      });
      return behind && `${behind.name} has not applied what the hub wants`;
    },
  };
}

const nameOf = ({ epoch, version }: DesiredVersion) => `${epoch}.${version}`;
