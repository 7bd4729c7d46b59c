import { openHttps } from './https/https-connection.ts';
import { openMqttOverTls, openMqttOverWs } from './mqtt/mqtt-connection.ts';
import type { Wires } from './ways.ts';

/** All transports, as they are. */
export const wires: Wires = {
  'mqtt-ws': openMqttOverWs,
  'mqtt-tls': openMqttOverTls,
  https: openHttps,
};
