import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { problemMediaType } from '@skerry/contracts';
import type { Logger } from '@skerry/kit';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { knownError, problemOf } from '../api/problem.ts';
import { validatorCompiler } from '../api/validation.ts';
import { hubError } from '../errors.ts';
import type { DeviceVerdict, VerifiedDevice } from '../identity/device-certificates.ts';
import type { Fetching } from './fetching.ts';
import { type Peers, shownBy } from './peers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Answers those without a certificate too (`anyone`), with one that has ended (`expired`), or with one of a device
     * that the hub does not know (`unknown`). Default: none of them.
     */
    admits?: 'anyone' | 'expired' | 'unknown';
    /** It is costly, and asked for by many at once: on the device port devices wait their turn for it. */
    turn?: 'documents';
  }
}

const BODY_LIMIT = 1024 * 1024;
const MESSAGE_LIMIT = 1024 * 1024;
/** Milliseconds without a byte either way; a pull as a whole may take as long as the network needs. */
const SILENCE = 60_000;

/** Milliseconds that a connection is kept for another request; links over HTTPS live on kept ones. */
const KEPT = 120_000;

export interface DevicesHttpOptions {
  readonly peers: Peers;
  readonly fetching: Fetching;
  readonly logger: Logger;
  /** Told to devices as the port of MQTT over TLS, on whichever host they reached. */
  readonly mqttBeside?: number | undefined;
}

/** The HTTPS side of the device port: every request has an identity, unless its route says otherwise. */
export function devicesHttp(
  tls: TlsOptions,
  { peers, fetching, logger, mqttBeside }: DevicesHttpOptions,
): { app: FastifyInstance; server: Server } {
  const server = createServer({
    ...tls,
    requestTimeout: 0,
    headersTimeout: 20_000,
    keepAliveTimeout: KEPT,
  });
  server.timeout = SILENCE;
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: 'idle',
    serverFactory: (handler) => server.on('request', handler) as never,
  });
  app.setValidatorCompiler(validatorCompiler as never);
  app.addHook('onRequest', async (request, reply) => {
    const { admits, turn } = request.routeOptions.config;
    if (admits === 'anyone') return;
    const verdict = await peers.of(request.raw.socket);
    if (admits === 'unknown' && bearerOf(verdict)) return;
    const { deviceId } = requireDevice(verdict, admits === 'expired');
    if (mqttBeside !== undefined) reply.header('alt-svc', `mqtt=":${mqttBeside}"`);
    if (!turn) return;
    const { gave } = await fetching.inTurn(turn, deviceId, 1, reply);
    reply.raw.once('finish', () => gave(1));
  });
  app.setErrorHandler((error, _request, reply) => {
    const known = knownError(error);
    // Who is told when to come back has failed at nothing.
    const isPostponed = reply.hasHeader('retry-after');
    if (known.status >= 500 && !isPostponed) logger.error('a request of a device failed', { error: known });
    return reply.status(known.status).type(problemMediaType).send(problemOf(known));
  });
  app.setNotFoundHandler(() => {
    throw hubError('NotFound', 'the device port has no such address');
  });
  return { app: app as unknown as FastifyInstance, server };
}

function requireDevice(verdict: DeviceVerdict, expiredToo: boolean): VerifiedDevice {
  if (!verdict.ok) throw hubError('CertificateRefused', `the certificate is refused: ${verdict.why}`);
  if (verdict.device.expired && !expiredToo)
    throw hubError('CertificateRefused', 'the certificate has ended; it can only be renewed', {
      next: 'Renew it at /link/v1/renew; an agent does that by itself.',
    });
  return verdict.device;
}

/** The device that makes a request, for routes that admit no strangers. */
export async function deviceOf(peers: Peers, request: FastifyRequest): Promise<VerifiedDevice> {
  return requireDevice(await peers.of(request.raw.socket), true);
}

/** Whom the certificate names, in the fleet or not. */
const bearerOf = (verdict: DeviceVerdict) => (verdict.ok ? verdict.device : verdict.unknown);

/** The device that makes a request to a route that admits unknown ones, and the chain that it showed, DER. */
export async function bearerOfRequest(
  peers: Peers,
  request: FastifyRequest,
): Promise<VerifiedDevice & { readonly shown: readonly Uint8Array[] }> {
  const socket = request.raw.socket as TLSSocket;
  const verdict = await peers.of(socket);
  const device = bearerOf(verdict) ?? requireDevice(verdict, true);
  return { ...device, shown: shownBy(socket) };
}

/** MQTT over WebSocket (MQTT 3.1.1 §6) at `/mqtt`. */
export function acceptWebSockets(
  server: Server,
  peers: Peers,
  accept: (connection: Duplex, device: VerifiedDevice, over: 'MqttOverWs') => void,
): WebSocketServer {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_LIMIT,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false),
  });
  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?', 1)[0] !== '/mqtt') return refuseUpgrade(socket, 404);
    const verdict = await peers.of(socket);
    if (!verdict.ok || verdict.device.expired) return refuseUpgrade(socket, 401);
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      accept(createWebSocketStream(webSocket), verdict.device, 'MqttOverWs'),
    );
  };
  // Nothing that anybody sends may end the hub.
  server.on('upgrade', (request, socket, head) => {
    upgrade(request, socket, head).catch(() => socket.destroy());
  });
  return sockets;
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
