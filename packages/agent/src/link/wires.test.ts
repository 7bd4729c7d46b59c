import { startLinkSite } from '../testing/link-hub.ts';
import { linkConformance } from './link-conformance.ts';

linkConformance('MQTT over WebSocket', () => startLinkSite('mqtt-ws'));
linkConformance('MQTT over TLS', () => startLinkSite('mqtt-tls'));
linkConformance('HTTPS', () => startLinkSite('https'));
