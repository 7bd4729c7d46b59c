import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { decodeJoinToken, joinProof, joinResponse } from '@skerry/contracts';
import type { Hub } from './hub.ts';
import type { Credentials } from './interceptor.ts';

const inventory = {
  hostname: 'bare',
  platform: 'linux',
  arch: 'x64',
  cores: 1,
  memory: 1e9,
  agentVersion: '0.1.0',
};

/** Joins so many devices without an agent: a key and a certificate each. The hub lets a hundred come at a time. */
export async function joinBareDevices(
  { people, devicesPort }: Pick<Hub, 'people' | 'devicesPort'>,
  count: number,
): Promise<Credentials[]> {
  const { token } = await people.deviceTokens.create({ uses: count });
  const { id, secret } = decodeJoinToken(token)!;
  return Promise.all(Array.from({ length: count }, () => joinBare(devicesPort, id, secret)));
}

async function joinBare(port: number, tokenId: string, secret: string): Promise<Credentials> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const proof = sign('sha256', Buffer.from(joinProof(tokenId, pem)), privateKey).toString('base64url');
  const to = { host: '127.0.0.1', port, rejectUnauthorized: false, agent: false } as const;
  const headers = { 'content-type': 'application/json' };
  const asked = request({ ...to, method: 'POST', path: '/join/v1/devices', headers });
  asked.end(JSON.stringify({ tokenId, secret, publicKey: pem, proof, inventory }));
  const [answer] = await once(asked, 'response');
  const { chain } = joinResponse.parse(await json(answer));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: chain.slice(0, 2).join(''),
  };
}
