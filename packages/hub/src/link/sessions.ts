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
  /** True of the device's live session, and of those before it on the same connection, the last few. */
  wasBegun(deviceId: string, id: string): boolean;
  end(deviceId: string): Session | undefined;
  /** Ids of the devices that were heard of since the last call. */
  heardOf(): string[];
  heard(deviceId: string): void;
  /** Says something to a device; what it misses it asks for in its next hello. */
  tell(device: DeviceAddress, kind: DownKind, message: object): void;
}

/** Hellos that something on the way may repeat, or hold up while others pass. */
const MOST_REMEMBERED = 8;

export function sessions(broker: Pick<Broker, 'publish'>): Sessions {
  /** The newest first. */
  const live = new Map<string, readonly Session[]>();
  const heard = new Set<string>();
  const begun = (deviceId: string) => live.get(deviceId) ?? [];
  return {
    begin(session) {
      const { deviceId } = session;
      live.set(deviceId, [session, ...begun(deviceId)].slice(0, MOST_REMEMBERED));
    },
    current(deviceId, id) {
      const [session] = begun(deviceId);
      return id === undefined || session?.id === id ? session : undefined;
    },
    wasBegun: (deviceId, id) => begun(deviceId).some((session) => session.id === id),
    end(deviceId) {
      const [session] = begun(deviceId);
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
