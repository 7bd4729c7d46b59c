import { derOf } from '../../../agent/src/identity/identity.ts';
import { readIdentity } from '../../../agent/src/identity/kept-identity.ts';
import type { Fleet } from './fleet.ts';
import { type SimDevice, STATE_FOLDER } from './sim-device.ts';

/** Holds that a device which a person has revoked is let in nowhere, and is cut off within a second. */
export interface RevocationWatch {
  look(): void;
}

const CUT_WITHIN_MS = 1_000;

export function revocationWatch(
  fleet: Fleet,
  report: (device: string, what: string) => void,
): RevocationWatch {
  const { world, net, devices } = fleet;
  const isRevoked = ({ id }: SimDevice) => fleet.books.revoked().has(id);

  const lookAtConnection = (device: SimDevice) => {
    const connection = net.connections.get(device.id);
    if (!connection) return;
    world.after(CUT_WITHIN_MS, () => {
      if (net.connections.get(device.id) === connection && isRevoked(device))
        report(device.name, 'it is revoked, and goes on being connected');
    });
  };

  const tryCertificate = async (device: SimDevice) => {
    const { door } = net;
    const identity = await readIdentity(device.medium.disk, STATE_FOLDER).catch(() => undefined);
    if (!door || !identity) return;
    const admitted = await door.admit(identity.chain.map(derOf)).catch(() => undefined);
    if (admitted && door.process.alive && isRevoked(device))
      report(device.name, 'it is revoked, and the hub takes its certificate');
  };

  return {
    look() {
      const revoked = fleet.books.revoked();
      for (const device of devices) {
        if (!revoked.has(device.id)) continue;
        lookAtConnection(device);
        void tryCertificate(device);
      }
    },
  };
}
