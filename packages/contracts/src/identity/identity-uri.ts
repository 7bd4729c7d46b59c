/**
 * Who a certificate speaks for, in its only URI subject alternative name:
 * `skerry://{hubId}/{projectId}/{deviceId}` a device, `skerry://{hubId}/hub` the hub's servers,
 * `skerry://{hubId}/signer` the key that signs desired state.
 */
export type Identity =
  | { readonly kind: 'device'; readonly hubId: string; readonly projectId: string; readonly deviceId: string }
  | { readonly kind: 'hub'; readonly hubId: string }
  | { readonly kind: 'signer'; readonly hubId: string };

export function identityUri(identity: Identity): string {
  return identity.kind === 'device'
    ? `skerry://${identity.hubId}/${identity.projectId}/${identity.deviceId}`
    : `skerry://${identity.hubId}/${identity.kind}`;
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const pattern = new RegExp(`^skerry://(${uuid})/(?:(hub|signer)|(${uuid})/(${uuid}))$`);

/** The identity in a URI, or undefined when it is not exactly one of the three forms. */
export function parseIdentityUri(uri: string): Identity | undefined {
  const [, hubId, role, projectId, deviceId] = pattern.exec(uri) ?? [];
  if (!hubId) return undefined;
  if (role === 'hub' || role === 'signer') return { kind: role, hubId };
  return projectId && deviceId ? { kind: 'device', hubId, projectId, deviceId } : undefined;
}
