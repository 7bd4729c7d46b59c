import type { Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';

/** Who a client is by its certificate, which TLS has verified. */
export interface ClientCertificate {
  /** Its common name and its URI alternative names. */
  readonly names: readonly string[];
  /** ms since the epoch. */
  readonly notAfter: number;
}

/** The certificate of a connection; undefined where none was asked for. Read once a connection. */
export type CertificateOf = (socket: Socket) => ClientCertificate | undefined;

export function certificateReader(): CertificateOf {
  const known = new WeakMap<Socket, ClientCertificate | undefined>();
  return (socket) => {
    if (known.has(socket)) return known.get(socket);
    const certificate =
      socket instanceof TLSSocket && socket.authorized ? described(socket.getPeerCertificate()) : undefined;
    known.set(socket, certificate);
    return certificate;
  };
}

function described(certificate: PeerCertificate): ClientCertificate | undefined {
  if (!certificate.subject) return undefined;
  const common: string | string[] | undefined = certificate.subject.CN;
  return {
    names: [common ?? [], urisOf(certificate.subjectaltname ?? '')].flat(),
    notAfter: Date.parse(certificate.valid_to),
  };
}

/** Node quotes a name that could be taken for several; one who needs such a name is not one of ours. */
function urisOf(alternativeNames: string): string[] {
  if (alternativeNames.includes('"')) return [];
  return alternativeNames.split(', ').flatMap((name) => (name.startsWith('URI:') ? [name.slice(4)] : []));
}
