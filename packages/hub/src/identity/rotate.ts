import { fingerprintOf, signNextRoot } from '@skerry/contracts';
import type { Issuer } from '@skerry/kit/x509';
import { type AuthorityMaker, type AuthorityOptions, authorityMaker } from './authority-maker.ts';
import { readTrust, rootOf, type TrustFile, writeTrust } from './trust-file.ts';

/** What is in force from then on. */
export interface Rotated {
  /** Fingerprint of the root. */
  readonly root: string;
  /** Files of the keys folder that nothing needs any more but to be kept offline, or destroyed. */
  readonly retired: readonly string[];
}

/**
 * Replaces the keys that certify hub and devices. Devices notice nothing: what they hold stays good until it ends.
 * The root's key has to be in the folder. Nothing is in force before the trust file is written, which comes last.
 */
export async function rotateIssuing(options: AuthorityOptions): Promise<Rotated> {
  const trust = await readTrust(options.keys);
  const maker = authorityMaker(options);
  const root = await maker.openRoot(rootOf(trust));
  await writeTrust(options.keys, { ...trust, ...(await makeIssuers(maker, trust, root)) });
  return { root: fingerprintOf(root.certificate.raw), retired: issuersOf(trust) };
}

/**
 * Replaces the root, and what stands under it. The old root signs the new one, so that a device that believes the
 * old one comes to believe the new, however many roots later it is back.
 */
export async function rotateRoot(options: AuthorityOptions): Promise<Rotated> {
  const { hubId, keys } = options;
  const trust = await readTrust(keys);
  const maker = authorityMaker(options);
  const old = await maker.openRoot(rootOf(trust));
  const name = `root-${trust.roots.length + 1}`;
  const certificate = await maker.makeRoot(name);
  const root = await maker.openRoot(name);
  const statement = signNextRoot(hubId, old, certificate);
  const issuers = await makeIssuers(maker, trust, root);
  await writeTrust(keys, { ...issuers, roots: [...trust.roots, { name, statement }] });
  return {
    root: fingerprintOf(certificate.raw),
    retired: [`${rootOf(trust)}.key`, ...issuersOf(trust)],
  };
}

async function makeIssuers(
  maker: AuthorityMaker,
  trust: TrustFile,
  root: Issuer,
): Promise<Pick<TrustFile, 'hub' | 'devices' | 'former'>> {
  const generation = trust.former.length + 2;
  const [hub, devices] = [`hub-ca-${generation}`, `devices-ca-${generation}`];
  await maker.makeIssuer('hub', hub, root);
  await maker.makeIssuer('devices', devices, root);
  return { hub, devices, former: [...trust.former, { devices: trust.devices, root: rootOf(trust) }] };
}

const issuersOf = ({ hub, devices }: TrustFile) => [`${hub}.key`, `${devices}.key`];
