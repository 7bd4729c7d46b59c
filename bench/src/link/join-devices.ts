import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { json } from 'node:stream/consumers';
import { decodeJoinToken, type Inventory, joinProof, joinResponse } from '@skerry/contracts';
import type { Hub } from '@skerry/testkit';

/** A device that has joined, with what it shows in its handshake. */
export interface BenchDevice {
  readonly projectId: string;
  readonly deviceId: string;
  readonly name: string;
  readonly key: string;
  /** PEM, leaf first. */
  readonly cert: string;
}

export const inventory: Inventory = {
  hostname: 'meter',
  platform: 'linux',
  arch: 'arm64',
  cores: 4,
  memory: 1e9,
  agentVersion: '0.1.0',
};

/** So many devices from one address and the hub is still glad to see them; then the next of loopback. */
const FROM_ONE_ADDRESS = 500;

/** Joins devices as agents do: a token, a key of their own, a proof of it, a certificate from the hub. */
export async function joinDevices(hub: Hub, count: number, joinedBefore = 0): Promise<BenchDevice[]> {
  const { token } = await hub.people.deviceTokens.create({ uses: count });
  const { id, secret } = decodeJoinToken(token)!;
  const devices: BenchDevice[] = [];
  while (devices.length < count) {
    const at = joinedBefore + devices.length;
    const localAddress = `127.0.0.${1 + Math.floor(at / FROM_ONE_ADDRESS)}`;
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false, localAddress });
    const some = Math.min(count - devices.length, FROM_ONE_ADDRESS - (at % FROM_ONE_ADDRESS));
    for (let i = 0; i < some; i++) devices.push(await joinOne(hub.devicesPort, agent, id, secret));
    agent.destroy();
  }
  return devices;
}

async function joinOne(port: number, agent: Agent, tokenId: string, secret: string): Promise<BenchDevice> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const proof = sign('sha256', Buffer.from(joinProof(tokenId, pem)), privateKey).toString('base64url');
  const asked = request({
    ...{ host: '127.0.0.1', port, agent, method: 'POST', path: '/join/v1/devices' },
    headers: { 'content-type': 'application/json' },
  });
  asked.end(JSON.stringify({ tokenId, secret, publicKey: pem, proof, inventory }));
  const [answer] = await once(asked, 'response');
  const body = await json(answer);
  if (answer.statusCode !== 200) throw new Error(`a device did not join: ${JSON.stringify(body)}`);
  const { projectId, deviceId, name, chain } = joinResponse.parse(body);
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { projectId, deviceId, name, key, cert: chain.slice(0, 2).join('') };
}
