import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { identityUri, parseIdentityUri } from './identity-uri.ts';

const hubId = randomUUID();
const device = { kind: 'device', hubId, projectId: randomUUID(), deviceId: randomUUID() } as const;

it('reads the identities that it writes', () => {
  for (const identity of [device, { kind: 'hub', hubId } as const, { kind: 'signer', hubId } as const])
    assert.deepEqual(parseIdentityUri(identityUri(identity)), identity);
});

it('takes nothing more and nothing less', () => {
  for (const uri of [
    `${identityUri(device)}/`,
    `${identityUri(device)}?x`,
    `x${identityUri(device)}`,
    `skerry://${hubId}`,
    `skerry://${hubId}/admin`,
    `skerry://${hubId}/${device.projectId}`,
    `skerry://${hubId}/hub/${device.deviceId}`,
    identityUri(device).toUpperCase(),
  ])
    assert.equal(parseIdentityUri(uri), undefined, uri);
});
