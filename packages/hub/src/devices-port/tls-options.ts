import { constants } from 'node:crypto';
import type { TlsOptions } from 'node:tls';
import type { Authority } from '../identity/authority.ts';
import type { HubCertificate } from '../identity/hub-certificate.ts';
import { pemChain } from '../identity/key-folder.ts';

/**
 * What both listeners present and ask. A certificate is asked for and not required, since joining comes without
 * one; whether it is good is decided by our identity function, never by TLS. Without tickets no session is ever
 * resumed: a client that resumes would be taken for authenticated without showing its certificate again.
 */
export function contextOptions(authority: Authority, server: HubCertificate): TlsOptions {
  return {
    key: server.key.export({ type: 'pkcs8', format: 'pem' }),
    cert: pemChain(server.chain()),
    ca: [
      authority.deviceIssuer,
      authority.root,
      ...authority.formerDeviceAuthorities.map(({ issuer }) => issuer),
    ].map(String),
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

export const askForCertificate: TlsOptions = {
  requestCert: true,
  rejectUnauthorized: false,
  handshakeTimeout: 10_000,
};
