import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { type Clock, type Logger, type Stop, withDeadline } from '@skerry/kit';
import type { FastifyInstance } from 'fastify';
import type { Broker } from '../broker/broker.ts';
import { hubError } from '../errors.ts';
import type { Authority } from '../identity/authority.ts';
import type { DeviceCertificates } from '../identity/device-certificates.ts';
import type { HubCertificate } from '../identity/hub-certificate.ts';
import { endingFormer } from './end-former.ts';
import type { Fetching } from './fetching.ts';
import { acceptWebSockets, devicesHttp } from './http.ts';
import { paceHandshakes } from './pace-handshakes.ts';
import { type Peers, peers as trackPeers } from './peers.ts';
import { askForCertificate, contextOptions } from './tls-options.ts';

/** Where devices come in: HTTPS and MQTT over WebSocket on one port, MQTT over TLS on another. */
export interface DevicesPort {
  readonly port: number;
  readonly mqttPort: number;
  /** Cuts every connection of a device, after its certificates were revoked. */
  disconnect(deviceId: string): void;
  close(): Promise<void>;
}

export interface DevicesPortOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly authority: Authority;
  readonly server: HubCertificate;
  readonly certificates: Pick<DeviceCertificates, 'identify' | 'validUntil'>;
  readonly broker: Pick<Broker, 'accept'>;
  readonly fetching: Fetching;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly mqttPort: number;
  /** Where plain MQTT listens, if not on `host`. */
  readonly mqttHost?: string;
  /** Told to devices as the port of MQTT over TLS, on whichever host they reached. */
  readonly mqttBeside?: number | undefined;
  /** Adds the routes that devices use. */
  readonly routes: (app: FastifyInstance, peers: Peers) => Promise<void>;
}

const MAX_CONNECTIONS = 20_000;
const DRAIN_MS = 2_000;

/** Rejects with `PortInUse`. */
export async function openDevicesPort(options: DevicesPortOptions): Promise<DevicesPort> {
  const { authority, server: certificate, broker, fetching, host, logger } = options;
  const peers = trackPeers(options);
  const tls = () => contextOptions(authority, certificate);
  const { app, server } = devicesHttp({ ...tls(), ...askForCertificate }, { ...options, peers });
  const endFormer = endingFormer(app, server);
  const webSockets = acceptWebSockets(server, peers, broker.accept);
  const plain = createTlsServer({ ...tls(), ...askForCertificate });
  const listeners = [server, plain];
  const stopPacing = listeners.map((listener) => paceHandshakes(listener, options.clock));
  const cut = cutting(listeners);
  for (const listener of listeners) {
    listener.maxConnections = MAX_CONNECTIONS;
    listener.prependListener('secureConnection', (socket) => peers.admit(socket));
    listener.on('tlsClientError', (error, socket) => {
      logger.debug('a TLS handshake failed', { error });
      socket.destroy();
    });
  }
  acceptPlain(plain, peers, broker);
  const stopFollowing = certificate.onRenewed(() => {
    for (const listener of listeners) listener.setSecureContext(tls());
    endFormer();
  });

  /** Sessions end at once; what is asked over HTTPS may be answered first. */
  const close = async () => {
    stopFollowing();
    for (const stop of stopPacing) stop();
    fetching.close();
    plain.close();
    for (const session of webSockets.clients) session.terminate();
    const closed = app.close();
    await withDeadline(closed, DRAIN_MS, options.clock, 'answering devices').catch(() => {});
    cut();
    await closed;
  };
  try {
    await options.routes(app, peers);
    await listening(app.listen({ host, port: options.port }), options.port, '--devices-listen');
    await listening(
      listen(plain, options.mqttHost ?? host, options.mqttPort),
      options.mqttPort,
      '--mqtt-listen',
    );
    return { port: portOf(server), mqttPort: portOf(plain), disconnect: peers.disconnect, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What it gives back cuts every connection, those too that are in the midst of a handshake. */
function cutting(listeners: readonly TlsServer[]): Stop {
  const sockets = new Set<Socket>();
  const watch = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  for (const listener of listeners) listener.on('connection', watch);
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}

function acceptPlain(plain: TlsServer, peers: Peers, broker: Pick<Broker, 'accept'>): void {
  plain.on('secureConnection', async (socket) => {
    socket.on('error', () => socket.destroy());
    const verdict = await peers.of(socket);
    if (verdict.ok && !verdict.device.expired) broker.accept(socket, verdict.device, 'MqttOverTls');
    else socket.destroy();
  });
}

function listen(server: TlsServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function listening(started: Promise<unknown>, port: number, flag: string): Promise<void> {
  try {
    await started;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'another process listens there' : message;
    throw hubError('PortInUse', `the hub cannot listen on port ${port}: ${reason}`, {
      next: `Stop what listens there, or give another port with ${flag}.`,
      cause: error,
    });
  }
}

const portOf = (server: TlsServer) => (server.address() as AddressInfo).port;
