import { type DeviceAddress, type DownKind, downTopic } from '@skerry/contracts';
import type { Broker } from '../broker/broker.ts';

/** A device's live session: from its hello until its connection ends. */
export interface Session extends DeviceAddress {
  readonly id: string;
}

/** Who has a live session with this hub. */
export interface Sessions {
  begin(session: Session): void;
  /** The device's session if it is still the one of that id (any, where none is given). */
  current(deviceId: string, id?: string): Session | undefined;
  end(deviceId: string): Session | undefined;
  /** Ids of the devices that were heard of since the last call. */
  heardOf(): string[];
  heard(deviceId: string): void;
  /** Says something to a device; what it misses it asks for in its next hello. */
  tell(device: DeviceAddress, kind: DownKind, message: object): void;
}

export function sessions(broker: Pick<Broker, 'publish'>): Sessions {
  const live = new Map<string, Session>();
  const heard = new Set<string>();
  return {
    begin: (session) => void live.set(session.deviceId, session),
    current(deviceId, id) {
      const session = live.get(deviceId);
      return id === undefined || session?.id === id ? session : undefined;
    },
    end(deviceId) {
      const session = live.get(deviceId);
      live.delete(deviceId);
      return session;
    },
    heard: (deviceId) => void heard.add(deviceId),
    heardOf() {
      const ids = [...heard];
      heard.clear();
      return ids;
    },
    tell: (device, kind, message) => broker.publish(downTopic(device, kind), JSON.stringify(message)),
  };
}
