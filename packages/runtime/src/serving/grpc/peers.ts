import type { Socket } from 'node:net';
import type { CertificateOf, ClientCertificate } from '../../access/client-certificate.ts';

/** Certificates of the connected clients, by `ADDRESS:PORT`: the only name that the library has for a connection. */
export interface Peers {
  add(socket: Socket): void;
  readonly certificateOf: (peer: string) => ClientCertificate | undefined;
}

export function peersOf(certificateOf: CertificateOf): Peers {
  const certificates = new Map<string, ClientCertificate>();
  return {
    add(socket) {
      const certificate = certificateOf(socket);
      if (!certificate) return;
      const peer = `${socket.remoteAddress}:${socket.remotePort}`;
      certificates.set(peer, certificate);
      socket.once('close', () => certificates.delete(peer));
    },
    certificateOf: (peer) => certificates.get(peer),
  };
}
