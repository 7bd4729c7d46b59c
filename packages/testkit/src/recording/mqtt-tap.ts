import { type IPublishPacket, parser } from 'mqtt-packet';
import { webSocketPayloads } from './web-socket.ts';

/** What was published in a direction, as it passes. */
export interface Published {
  readonly topic: string;
  readonly payload: Buffer;
}

/** Listens to one direction of MQTT over WebSocket. */
export function mqttTap(onPublished: (published: Published) => void): (bytes: Buffer) => void {
  const packets = parser({ protocolVersion: 4 });
  packets.on('packet', (packet) => {
    if (packet.cmd === 'publish') onPublished(published(packet));
  });
  return webSocketPayloads((payload) => packets.parse(payload));
}

function published({ topic, payload }: IPublishPacket): Published {
  return { topic, payload: Buffer.from(payload) };
}
