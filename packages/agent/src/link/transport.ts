/** What a link may go over. All say the same; they differ in what lets them pass, and in what they cost. */
export type Transport = 'mqtt-ws' | 'mqtt-tls' | 'https';

/** The scheme of the hub's addresses that a transport goes by. */
export const schemes: Readonly<Record<Transport, 'https:' | 'mqtts:'>> = {
  'mqtt-ws': 'https:',
  'mqtt-tls': 'mqtts:',
  https: 'https:',
};
