import type { X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { DsseEnvelope } from '@skerry/contracts';
import type { Stop } from '@skerry/kit';
import { type Issuer, signCertificate } from '@skerry/kit/x509';
import {
  type AuthorityMaker,
  type AuthorityOptions,
  authorityMaker,
  type CertificateWish,
  type IssuerKind,
  missing,
} from './authority-maker.ts';
import type { KeyFolder } from './key-folder.ts';
import { readTrust, rootOf, statementsOf, type TrustFile } from './trust-file.ts';

/** An authority that certified devices, and what it stands under. */
export interface DeviceAuthority {
  readonly issuer: X509Certificate;
  readonly root: X509Certificate;
}

/** A certificate, the authority that gave it, and the root. */
export type Chain = readonly [leaf: X509Certificate, issuer: X509Certificate, root: X509Certificate];

/** What is in force: one root, whose key may be offline, and two issuing authorities below it. */
interface InForce {
  readonly root: X509Certificate;
  /** The roots before it and itself, oldest first, and what each of them signed about the next. */
  readonly roots: readonly X509Certificate[];
  readonly statements: readonly DsseEnvelope[];
  readonly hubIssuer: X509Certificate;
  readonly deviceIssuer: X509Certificate;
  /** Replaced ones, newest first: what they certified is good until it ends. */
  readonly formerDeviceAuthorities: readonly DeviceAuthority[];
  /** For the hub's own servers and its signer. */
  issueForHub(wish: CertificateWish): Promise<Chain>;
  issueForDevice(wish: CertificateWish): Promise<Chain>;
}

/** The hub's trust as it is at the moment: a rotation replaces what is in it, while the hub runs. */
export interface Authority extends InForce {
  readonly hubId: string;
  /** Takes up what was put in force since. Rejects with `StorageFailed`, and then nothing has changed. */
  refresh(): Promise<void>;
  /** Called after every rotation that was taken up. */
  onRotated(listener: () => void): Stop;
}

/**
 * Opens the authorities in the key folder, made at the first start. The root's key is needed only while an
 * issuing authority is missing. Rejects with `StorageFailed` when it is needed and was taken away.
 */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const { hubId, keys } = options;
  const listeners = new Set<() => void>();
  let trust = await readTrust(keys);
  const authority: Authority = {
    hubId,
    ...(await openInForce(options, trust)),
    async refresh() {
      const next = await readTrust(keys);
      if (isDeepStrictEqual(next, trust)) return;
      Object.assign(authority, await openInForce(options, next));
      trust = next;
      for (const listener of listeners) listener();
    },
    onRotated(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return authority;
}

async function openInForce(options: AuthorityOptions, trust: TrustFile): Promise<InForce> {
  const { keys } = options;
  const maker = authorityMaker(options);
  const rootName = rootOf(trust);
  const root = (await keys.readCertificate(rootName)) ?? (await maker.makeRoot(rootName));
  const hub = await keepIssuer(maker, keys, 'hub', trust.hub, rootName);
  const devices = await keepIssuer(maker, keys, 'devices', trust.devices, rootName);
  const certificate = async (name: string) => (await keys.readCertificate(name)) ?? missing(`${name}.crt`);
  const former = trust.former.toReversed().map(async (names) => ({
    issuer: await certificate(names.devices),
    root: await certificate(names.root),
  }));
  const issueBy = (issuer: Issuer) => async (wish: CertificateWish) =>
    [await signCertificate(maker.fill(wish), issuer), issuer.certificate, root] as const;

  return {
    root,
    roots: await Promise.all(trust.roots.map(({ name }) => certificate(name))),
    statements: statementsOf(trust),
    hubIssuer: hub.certificate,
    deviceIssuer: devices.certificate,
    formerDeviceAuthorities: await Promise.all(former),
    issueForHub: issueBy(hub),
    issueForDevice: issueBy(devices),
  };
}

async function keepIssuer(
  maker: AuthorityMaker,
  keys: KeyFolder,
  kind: IssuerKind,
  name: string,
  rootName: string,
): Promise<Issuer> {
  const certificate = await keys.readCertificate(name);
  if (!certificate) return maker.makeIssuer(kind, name, await maker.openRoot(rootName));
  return { certificate, key: (await keys.readKey(name)) ?? missing(`${name}.key`) };
}
