import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type RequestOptions, request } from 'node:https';
import { type JoinResponse, type JoinToken, joinProof, joinResponse, renewProof } from '@skerry/contracts';

/** A key on a device, as text where the wire needs it. */
export interface TestKey {
  readonly privateKey: KeyObject;
  readonly publicPem: string;
}

export function newKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

/** What a client shows in its handshake. */
export interface Credentials {
  readonly key?: string;
  readonly cert?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for.
  json(): any;
}

/** One request on a connection of its own. */
export function ask(
  port: number,
  method: string,
  path: string,
  options: Credentials & { body?: unknown; headers?: Record<string, string>; tls?: RequestOptions } = {},
): Promise<Answer> {
  const { body, headers, tls, ...credentials } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        rejectUnauthorized: false,
        agent: false,
        ...credentials,
        ...tls,
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          const { statusCode: status = 0, headers: answered } = response;
          resolve({ status, headers: answered, body: bytes, json: () => JSON.parse(bytes.toString()) });
        });
      },
    );
    sent.on('error', reject);
    for (const [name, value] of Object.entries(headers ?? {})) sent.setHeader(name, value);
    if (body !== undefined && !headers?.['content-type']) sent.setHeader('content-type', 'application/json');
    sent.end(body === undefined ? undefined : Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
}

const inventory = {
  hostname: 'edge',
  platform: 'linux',
  arch: 'x64',
  cores: 2,
  memory: 1e9,
  agentVersion: '0.1.0',
};

export function joinBody(token: Pick<JoinToken, 'id' | 'secret'>, key: TestKey, name?: string) {
  const proof = sign('sha256', Buffer.from(joinProof(token.id, key.publicPem)), key.privateKey).toString(
    'base64url',
  );
  return {
    tokenId: token.id,
    secret: token.secret,
    publicKey: key.publicPem,
    proof,
    inventory,
    ...(name && { name }),
  };
}

export function renewBody(deviceId: string, key: TestKey) {
  const proof = sign('sha256', Buffer.from(renewProof(deviceId, key.publicPem)), key.privateKey).toString(
    'base64url',
  );
  return { publicKey: key.publicPem, proof };
}

/** A device that has joined. */
export interface TestDevice extends Required<Credentials> {
  readonly joined: JoinResponse;
  readonly keys: TestKey;
}

export async function join(
  port: number,
  token: JoinToken,
  keys = newKey(),
  name?: string,
): Promise<TestDevice> {
  const answer = await ask(port, 'POST', '/join/v1/devices', { body: joinBody(token, keys, name) });
  if (answer.status !== 200) throw new Error(`join: ${answer.status} ${answer.body}`);
  const joined = joinResponse.parse(answer.json());
  return { joined, keys, ...credentialsOf(keys, joined.chain) };
}

export function credentialsOf(keys: TestKey, chain: readonly string[]): Required<Credentials> {
  const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { key, cert: chain.slice(0, 2).join('') };
}
