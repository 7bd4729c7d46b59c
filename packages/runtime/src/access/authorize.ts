import type { Clock } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { Need } from './actions.ts';
import type { ClientCertificate } from './client-certificate.ts';
import type { Grant, KeyTable } from './key-table.ts';

/** One request, of any protocol. */
export interface Ask {
  /** The header or metadata of that name. */
  readonly authorization: string | undefined;
  /** The connection's, verified by TLS. */
  readonly certificate: ClientCertificate | undefined;
  readonly need: Need;
  /** Where it is about one, its name as the client wrote it. */
  readonly model?: string | undefined;
  readonly pipeline?: string | undefined;
}

/** Throws `KeyRefused` (401) for somebody unknown, `KeyNotPermitted` (403) for somebody who may not. */
export type Authorize = (ask: Ask) => void;

export interface AuthorizeOptions {
  /** The keys as they are now; undefined where any certificate of the authority will do. */
  readonly keys: () => KeyTable | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

/** The one decision about a request. An API key, where one is sent, counts instead of the certificate. */
export function authorizer({ keys, clock }: AuthorizeOptions): Authorize {
  return ({ authorization, certificate, need, model, pipeline }) => {
    if (need === 'open') return;
    if (certificate && clock.now() > certificate.notAfter)
      throw refused('the client’s certificate has expired since the connection began');
    const table = keys();
    if (table === undefined) {
      if (certificate) return;
      throw refused('no client certificate was shown');
    }
    const grant = grantOf(table, authorization, certificate);
    if (!grant.allows(need)) throw notPermitted(grant, `the action ${need}`);
    if (model !== undefined && !grant.model(model)) throw notPermitted(grant, `model ${model}`);
    if (pipeline !== undefined && !grant.pipeline(pipeline))
      throw notPermitted(grant, `pipeline ${pipeline}`);
  };
}

function grantOf(
  table: KeyTable,
  authorization: string | undefined,
  certificate: ClientCertificate | undefined,
): Grant {
  if (authorization !== undefined) {
    const grant = table.byKey(tokenOf(authorization));
    if (grant) return grant;
    throw refused('the API key is not known here, or was revoked');
  }
  if (!certificate) throw refused('no API key was sent');
  const grant = table.byCertificate(certificate.names);
  if (grant) return grant;
  throw refused(`the key file has no entry for the client’s certificate (${certificate.names.join(', ')})`);
}

/** RFC 6750 §2.1; the scheme's letters are of either case (RFC 9110 §11.1). */
function tokenOf(authorization: string): string {
  return /^bearer /i.test(authorization) ? authorization.slice('bearer '.length).trimStart() : '';
}

const refused = (why: string) => failure('KeyRefused', why);

const notPermitted = ({ name }: Grant, what: string) =>
  failure('KeyNotPermitted', `${what} is not permitted to ${name}`);
