import type { X509Certificate } from 'node:crypto';
import type { DsseEnvelope } from '@skerry/contracts';
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
import { readTrust, rootOf, statementsOf } from './trust-file.ts';

/** An authority that certified devices, and what it stands under. */
export interface DeviceAuthority {
  readonly issuer: X509Certificate;
  readonly root: X509Certificate;
}

/** The hub's trust: one root, which may be offline, and two issuing authorities below it. */
export interface Authority {
  readonly hubId: string;
  readonly root: X509Certificate;
  /** The roots before it and itself, oldest first, and what each of them signed about the next. */
  readonly roots: readonly X509Certificate[];
  readonly statements: readonly DsseEnvelope[];
  readonly hubIssuer: X509Certificate;
  readonly deviceIssuer: X509Certificate;
  /** Replaced ones, newest first: what they certified is good until it ends. */
  readonly formerDeviceAuthorities: readonly DeviceAuthority[];
  /** For the hub's own servers and its signer. */
  issueForHub(wish: CertificateWish): Promise<X509Certificate>;
  issueForDevice(wish: CertificateWish): Promise<X509Certificate>;
}

/**
 * Opens the authorities in the key folder, made at the first start. The root's key is needed only while an
 * issuing authority is missing. Rejects with `StorageFailed` when it is needed and was taken away.
 */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const { hubId, keys } = options;
  const trust = await readTrust(keys);
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

  return {
    hubId,
    root,
    roots: await Promise.all(trust.roots.map(({ name }) => certificate(name))),
    statements: statementsOf(trust),
    hubIssuer: hub.certificate,
    deviceIssuer: devices.certificate,
    formerDeviceAuthorities: await Promise.all(former),
    issueForHub: (wish) => signCertificate(maker.fill(wish), hub),
    issueForDevice: (wish) => signCertificate(maker.fill(wish), devices),
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
