import { X509Certificate } from 'node:crypto';
import { type Identity, parseIdentityUri } from './identity-uri.ts';

const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';
const codeSigning = '1.3.6.1.5.5.7.3.3';
const purposes = { device: clientAuth, hub: serverAuth, signer: codeSigning } as const;

/** What whoever judges a chain knows and expects. */
export interface Expectation {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the other side claims to be. */
  readonly kind: Identity['kind'];
  readonly hubId?: string;
  readonly projectId?: string;
  /** Whoever asks has issued it: what has yet to begin was issued while that one's own clock was ahead, and is good. */
  readonly isOurs?: boolean;
  /** Serial numbers as `X509Certificate.serialNumber` writes them. */
  readonly isRevoked?: (serialNumber: string) => boolean;
}

export interface Trust extends Expectation {
  /** DER of the root that is pinned: the only anchor. */
  readonly root: Uint8Array;
}

/** Milliseconds since the epoch, first and last included. */
export interface Validity {
  readonly from: number;
  readonly to: number;
}

export type Verdict =
  | {
      readonly ok: true;
      readonly identity: Identity;
      readonly leaf: X509Certificate;
      /** The leaf's. */
      readonly validity: Validity;
    }
  | { readonly ok: false; readonly why: string };

/** A chain of which every signature is right, and what it says: all that neither time nor anybody's expectation changes. */
export interface SoundChain {
  readonly leaf: X509Certificate;
  readonly serialNumber: string;
  /** Extended key usages that leaf and issuer both have. */
  readonly usages: readonly string[];
  /** Of the leaf, its issuer and the root. */
  readonly validity: readonly [Validity, Validity, Validity];
  /** Undefined where it names none, or several. */
  readonly identity: Identity | undefined;
}

export type ReadChain = SoundChain | { readonly why: string };

/**
 * The one decision about who somebody is. `chain` holds DER certificates, leaf first, then its issuing authority
 * (a root behind them is ignored: the pinned one counts). The shape is fixed at leaf ← issuing ← root, which is what
 * a path length of 0 in the issuing certificate means (RFC 5280 §4.2.1.9).
 * Never throws: a certificate that cannot be parsed is refused.
 */
export function verifyIdentity(chain: readonly Uint8Array[], { root, ...expected }: Trust): Verdict {
  return judgeChain(readChain(chain, root), expected);
}

/** The half of that decision which costs: for one who is shown the same chain again and again. */
export function readChain(chain: readonly Uint8Array[], root: Uint8Array): ReadChain {
  try {
    return read(chain, root);
  } catch (error) {
    return { why: `a certificate of the chain cannot be read (${(error as Error).message})` };
  }
}

/** The other half: whether it is whom we expect, now. */
export function judgeChain(chain: ReadChain, expected: Expectation): Verdict {
  if ('why' in chain) return refuse(chain.why);
  const { leaf, identity } = chain;
  const why = faultOfPurpose(chain, expected) ?? faultOfTime(chain, expected);
  if (why) return refuse(why);
  if (expected.isRevoked?.(chain.serialNumber)) return refuse('the certificate is revoked');
  if (!identity) return refuse('it names no identity of Skerry');
  const another = faultOfIdentity(identity, expected);
  return another ? refuse(another) : { ok: true, identity, leaf, validity: chain.validity[0] };
}

function read([leafDer, issuingDer]: readonly Uint8Array[], rootDer: Uint8Array): ReadChain {
  if (!leafDer) return { why: 'no certificate was shown' };
  if (!issuingDer) return { why: 'the chain lacks its issuing certificate' };
  const leaf = new X509Certificate(leafDer);
  const issuing = new X509Certificate(issuingDer);
  const root = new X509Certificate(rootDer);
  const why = faultOfChain(leaf, issuing, root);
  if (why) return { why };
  return {
    leaf,
    serialNumber: leaf.serialNumber,
    // Node names the extended key usages `keyUsage`.
    usages: (leaf.keyUsage ?? []).filter((usage) => issuing.keyUsage?.includes(usage)),
    validity: [validityOf(leaf), validityOf(issuing), validityOf(root)],
    identity: identityOf(leaf),
  };
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

function faultOfPurpose({ usages }: SoundChain, { kind }: Expectation): string | undefined {
  return usages.includes(purposes[kind]) ? undefined : `it is not meant for a ${kind}`;
}

function faultOfTime({ validity }: SoundChain, { now, isOurs }: Expectation): string | undefined {
  for (const { from, to } of validity) {
    if (now < from && !isOurs) return `it is valid only from ${new Date(from).toISOString()}`;
    if (now > to) return `it has expired at ${new Date(to).toISOString()}`;
  }
  return undefined;
}

const validityOf = ({ validFromDate, validToDate }: X509Certificate): Validity => ({
  from: validFromDate.getTime(),
  to: validToDate.getTime(),
});

function identityOf(leaf: X509Certificate): Identity | undefined {
  const uris = (leaf.subjectAltName ?? '').split(', ').filter((entry) => entry.startsWith('URI:'));
  return uris.length === 1 ? parseIdentityUri(uris[0]!.slice('URI:'.length)) : undefined;
}

function faultOfIdentity(identity: Identity, { kind, hubId, projectId }: Expectation): string | undefined {
  if (identity.kind !== kind) return `it speaks for a ${identity.kind}, not a ${kind}`;
  if (hubId && identity.hubId !== hubId) return 'it is of another hub';
  if (projectId && identity.kind === 'device' && identity.projectId !== projectId)
    return 'it is of another project';
  return undefined;
}

function refuse(why: string): Verdict {
  return { ok: false, why };
}
