import { X509Certificate } from 'node:crypto';
import { type Identity, parseIdentityUri } from './identity-uri.ts';

const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';
const codeSigning = '1.3.6.1.5.5.7.3.3';
const purposes = { device: clientAuth, hub: serverAuth, signer: codeSigning } as const;

export interface Trust {
  /** DER of the root that is pinned: the only anchor. */
  readonly root: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the other side claims to be. */
  readonly kind: Identity['kind'];
  readonly hubId?: string;
  readonly projectId?: string;
  /** Serial numbers as `X509Certificate.serialNumber` writes them. */
  readonly isRevoked?: (serialNumber: string) => boolean;
}

export type Verdict =
  | { readonly ok: true; readonly identity: Identity; readonly leaf: X509Certificate }
  | { readonly ok: false; readonly why: string };

/**
 * The one decision about who somebody is. `chain` holds DER certificates, leaf first, then its issuing authority
 * (a root behind them is ignored: the pinned one counts). The shape is fixed at leaf ← issuing ← root, which is what
 * a path length of 0 in the issuing certificate means (RFC 5280 §4.2.1.9).
 * Never throws: a certificate that cannot be parsed is refused.
 */
export function verifyIdentity(chain: readonly Uint8Array[], trust: Trust): Verdict {
  try {
    return verify(chain, trust);
  } catch (error) {
    return refuse(`a certificate of the chain cannot be read (${(error as Error).message})`);
  }
}

function verify(chain: readonly Uint8Array[], trust: Trust): Verdict {
  const [leafDer, issuingDer] = chain;
  if (!leafDer) return refuse('no certificate was shown');
  if (!issuingDer) return refuse('the chain lacks its issuing certificate');
  const leaf = new X509Certificate(leafDer);
  const issuing = new X509Certificate(issuingDer);
  const root = new X509Certificate(trust.root);
  const why =
    faultOfChain(leaf, issuing, root) ??
    faultOfPurpose(leaf, issuing, trust) ??
    faultOfTime([leaf, issuing, root], trust);
  if (why) return refuse(why);
  if (trust.isRevoked?.(leaf.serialNumber)) return refuse('the certificate is revoked');
  return identify(leaf, trust);
}

function faultOfChain(
  leaf: X509Certificate,
  issuing: X509Certificate,
  root: X509Certificate,
): string | undefined {
  if (!root.ca || !issuing.ca) return 'an issuer is not an authority';
  if (leaf.ca) return 'the certificate is an authority’s own';
  if (!issuing.checkIssued(root) || !issuing.verify(root.publicKey)) return 'the chain ends at another root';
  if (!leaf.checkIssued(issuing) || !leaf.verify(issuing.publicKey)) return 'the issuer did not sign it';
  return undefined;
}

function faultOfPurpose(leaf: X509Certificate, issuing: X509Certificate, trust: Trust): string | undefined {
  const wanted = purposes[trust.kind];
  // Node names the extended key usages `keyUsage`.
  const allows = (certificate: X509Certificate) => certificate.keyUsage?.includes(wanted) ?? false;
  return allows(leaf) && allows(issuing) ? undefined : `it is not meant for a ${trust.kind}`;
}

function faultOfTime(certificates: readonly X509Certificate[], trust: Trust): string | undefined {
  for (const { validFromDate, validToDate } of certificates) {
    if (trust.now < validFromDate.getTime()) return `it is valid only from ${validFromDate.toISOString()}`;
    if (trust.now > validToDate.getTime()) return `it has expired at ${validToDate.toISOString()}`;
  }
  return undefined;
}

function identify(leaf: X509Certificate, trust: Trust): Verdict {
  const uris = (leaf.subjectAltName ?? '').split(', ').filter((entry) => entry.startsWith('URI:'));
  const identity = uris.length === 1 ? parseIdentityUri(uris[0]!.slice('URI:'.length)) : undefined;
  if (!identity) return refuse('it names no identity of Skerry');
  if (identity.kind !== trust.kind) return refuse(`it speaks for a ${identity.kind}, not a ${trust.kind}`);
  if (trust.hubId && identity.hubId !== trust.hubId) return refuse('it is of another hub');
  if (trust.projectId && identity.kind === 'device' && identity.projectId !== trust.projectId)
    return refuse('it is of another project');
  return { ok: true, identity, leaf };
}

function refuse(why: string): Verdict {
  return { ok: false, why };
}
