import {
  chainResponse,
  decodeJoinToken,
  fingerprintOf,
  type Inventory,
  type JoinToken,
  joinProof,
  joinRequest,
  joinResponse,
  rootsAfter,
  rootsResponse,
} from '@skerry/contracts';
import { type Clock, type Disk, type Http, isSkerryError } from '@skerry/kit';
import { agentError } from '../errors.ts';
import { answerOf } from './answers.ts';
import { askUnverified, pinned } from './hub-client.ts';
import { checkedChain, type DeviceIdentity, derOf } from './identity.ts';
import { readIdentity, readKey, writeIdentity, writeKey } from './kept-identity.ts';
import { makeKey, prove, publicKeyOf } from './key.ts';
import { trustedTime } from './trusted-time.ts';

export interface JoinOptions {
  readonly http: Http;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly state: string;
  /** The string that `skerry device token` printed. */
  readonly token: string;
  /** What the device would like to be called. */
  readonly name?: string | undefined;
  readonly inventory: Inventory;
}

interface Hub {
  readonly address: string;
  readonly hubId: string;
  /** PEM. */
  readonly root: string;
}

const DEADLINE_MS = 15_000;
const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * Makes this device one of the hub's fleet. The secret leaves the device only over a connection whose other end
 * has shown a certificate under the root whose fingerprint stands in the token. Running it again with the same
 * token after a lost reply gives the same device. Rejects with `Conflict` when the folder has joined already.
 */
export async function join(options: JoinOptions): Promise<DeviceIdentity> {
  const { disk, state } = options;
  const token = decodeJoinToken(options.token);
  if (!token) throw agentError('TokenInvalid', 'what was given is no join token: it is mistyped or cut');
  await refuseIfJoined(disk, state);
  const key = (await readKey(disk, state)) ?? makeKey();
  await writeKey(disk, state, key);
  const identity = await atFirstAddress(token.addresses, async (address) => {
    const hub = await findHub(address, token, options);
    return introduce(hub, token, key, options);
  });
  await writeIdentity(disk, state, identity);
  return identity;
}

async function refuseIfJoined(disk: Disk, state: string): Promise<void> {
  const joined = await readIdentity(disk, state);
  if (joined)
    throw agentError(
      'Conflict',
      `${state} has joined already: it is device ${joined.name} of project ${joined.project}`,
      {
        next: 'Start it with `skerry agent run`, or join with another --state folder.',
      },
    );
}

async function atFirstAddress<T>(
  addresses: readonly string[],
  attempt: (address: string) => Promise<T>,
): Promise<T> {
  for (const address of addresses.slice(0, -1)) {
    try {
      return await attempt(address);
    } catch (error) {
      if (!isSkerryError(error, 'Unreachable') && !isSkerryError(error, 'DeadlineExceeded')) throw error;
    }
  }
  return attempt(addresses.at(-1)!);
}

/** Asks whoever answers for the root, over a connection that is not trusted, and says nothing yet. */
async function findHub(address: string, token: JoinToken, { http }: JoinOptions): Promise<Hub> {
  const response = await askUnverified(http, new URL('/join/v1/chain', address));
  const { hubId, chain } = await answerOf(response, chainResponse, `asking ${address} who it is`);
  const root = chain.at(-1)!;
  const found = fingerprintOf(derOf(root));
  if (found !== token.root && !(await follows(root, { address, hubId }, token, http)))
    throw agentError(
      'RootMismatch',
      `${address} shows a root with the fingerprint ${found}; the token names ${token.root}`,
    );
  return { address, hubId, root };
}

/** Whether the root that the token names has signed another, that one the next, and so on to this one. */
async function follows(
  root: string,
  { address, hubId }: Pick<Hub, 'address' | 'hubId'>,
  token: JoinToken,
  http: Http,
): Promise<boolean> {
  const said = askUnverified(http, new URL('/join/v1/roots', address)).then((response) =>
    answerOf(response, rootsResponse, `asking ${address} for its roots`),
  );
  // Whatever else it answers, it has shown no way from the root that the token names.
  const { roots, statements } = await said.catch(() => ({ roots: [], statements: [] }));
  const named = roots.find((pem) => fingerprintOf(derOf(pem)) === token.root);
  return named !== undefined && rootsAfter(named, statements, hubId).some((pem) => isSame(pem, root));
}

const isSame = (a: string, b: string) => fingerprintOf(derOf(a)) === fingerprintOf(derOf(b));

/** Connects anew, to the root that is known now, and only then shows secret and key. */
async function introduce(
  hub: Hub,
  token: JoinToken,
  key: string,
  options: JoinOptions,
): Promise<DeviceIdentity> {
  const { http, clock, name, inventory } = options;
  const time = trustedTime(clock, 0);
  const publicKey = publicKeyOf(key);
  const proof = prove(joinProof(token.id, publicKey), key);
  const body = joinRequest.parse({
    tokenId: token.id,
    secret: token.secret,
    name,
    publicKey,
    proof,
    inventory,
  });
  const response = await http.request({
    method: 'POST',
    url: new URL('/join/v1/devices', hub.address).href,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    tls: pinned(derOf(hub.root), hub.hubId, time),
    deadlineMs: DEADLINE_MS,
    maxBytes: MAX_ANSWER_BYTES,
  });
  const { chain, ...device } = await answerOf(response, joinResponse, 'joining');
  const identity = { ...device, key, root: hub.root };
  return { ...identity, chain: checkedChain(chain, identity, time), certifiedAt: clock.now() };
}
