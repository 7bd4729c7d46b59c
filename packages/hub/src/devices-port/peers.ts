import type { TLSSocket } from 'node:tls';
import type { Clock, Logger } from '@skerry/kit';
import type { DeviceCertificates, DeviceVerdict } from '../identity/device-certificates.ts';

/** Who is at the other end of each connection, for as long as it lives. */
export interface Peers {
  /** To be called when the handshake is done, once for each connection. */
  admit(socket: TLSSocket): void;
  /** The verdict on its certificate; of a connection that was never admitted: refused. */
  of(socket: object): Promise<DeviceVerdict>;
  /** Cuts every connection of the device, also one of which it is not yet known that it is. Nobody else notices. */
  disconnect(deviceId: string): void;
}

export interface PeersOptions {
  readonly certificates: Pick<DeviceCertificates, 'identify' | 'validUntil'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Connections from one address that show no valid certificate; more are cut. */
const MAX_STRANGERS = 100;
/** Without a certificate one may join, which takes no longer. */
const STRANGERS_TIME = 60_000;
/** How soon it is looked up again until when a device holds a certificate, where that failed, ms. */
const AGAIN_MS = 60_000;

export function peers({ certificates, clock, logger }: PeersOptions): Peers {
  const verdicts = new WeakMap<object, Promise<DeviceVerdict>>();
  const sockets = new Map<TLSSocket, string>();
  /** For each connection that is being judged: which devices were disconnected meanwhile. */
  const judging = new Set<Set<string>>();
  const strangers = new Map<string, number>();

  const cutAfter = (socket: TLSSocket, ms: number) => {
    const stop = clock.timer(ms, () => socket.destroy());
    socket.once('close', stop);
  };

  /** Renewing must not cut a connection, nor a database that is away: it lasts while its device holds a certificate. */
  const cutWithoutCertificate = (socket: TLSSocket, deviceId: string, expiresAt: number) => {
    const check = async () => {
      const until = await certificates.validUntil(deviceId).catch(() => clock.now() + AGAIN_MS);
      if (socket.destroyed) return;
      if (until > clock.now()) stop = clock.timer(until - clock.now(), check);
      else socket.destroy();
    };
    let stop = clock.timer(expiresAt - clock.now(), check);
    socket.once('close', () => stop());
  };

  const count = (address: string, by: number) => {
    const now = (strangers.get(address) ?? 0) + by;
    if (now > 0) strangers.set(address, now);
    else strangers.delete(address);
    return now;
  };

  const admitStranger = (socket: TLSSocket, why: string) => {
    const address = socket.remoteAddress ?? '';
    logger.debug('a connection without identity', { address, why });
    cutAfter(socket, STRANGERS_TIME);
    socket.once('close', () => count(address, -1));
    if (count(address, 1) > MAX_STRANGERS) socket.destroy();
  };

  const identify = async (socket: TLSSocket): Promise<DeviceVerdict> => {
    const disconnected = new Set<string>();
    judging.add(disconnected);
    try {
      const verdict = await certificates.identify(shownBy(socket));
      if (verdict.ok && disconnected.has(verdict.device.deviceId)) socket.destroy();
      return socket.destroyed ? { ok: false, why: 'the connection is gone' } : verdict;
    } finally {
      judging.delete(disconnected);
    }
  };

  const judge = async (socket: TLSSocket): Promise<DeviceVerdict> => {
    const verdict = await identify(socket);
    if (socket.destroyed) return verdict;
    if (verdict.ok) sockets.set(socket, verdict.device.deviceId);
    if (!verdict.ok || verdict.device.expired)
      admitStranger(socket, verdict.ok ? 'its certificate has ended' : verdict.why);
    else cutWithoutCertificate(socket, verdict.device.deviceId, verdict.device.expiresAt);
    return verdict;
  };

  return {
    admit(socket) {
      if (socket.isSessionReused()) {
        socket.destroy();
        return;
      }
      socket.once('close', () => sockets.delete(socket));
      const verdict = judge(socket).catch((error): DeviceVerdict => {
        logger.error('a certificate could not be checked', { error });
        // To be judged anew in its next connection.
        socket.destroy();
        return { ok: false, why: 'the hub could not check the certificate' };
      });
      verdicts.set(socket, verdict);
    },
    of: (socket) => verdicts.get(socket) ?? Promise.resolve({ ok: false, why: 'no certificate was shown' }),
    disconnect(deviceId) {
      for (const disconnected of judging) disconnected.add(deviceId);
      for (const [socket, whose] of sockets) if (whose === deviceId) socket.destroy();
    },
  };
}

/** The chain that the other side showed in the handshake, DER, leaf first, as far as its issuer. */
export function shownBy(socket: TLSSocket): Uint8Array[] {
  const leaf = socket.getPeerX509Certificate();
  return [leaf, leaf?.issuerCertificate].flatMap((it) => it?.raw ?? []);
}
