import { X509Certificate } from 'node:crypto';
import { joinProof } from '@skerry/contracts';
import { derOf } from '../../../agent/src/identity/identity.ts';
import { readIdentity } from '../../../agent/src/identity/kept-identity.ts';
import { makeKey, prove, publicKeyOf } from '../../../agent/src/identity/key.ts';
import type { Network } from './network.ts';
import { type SimDevice, STATE_FOLDER } from './sim-device.ts';
import type { HubMachine } from './sim-hub.ts';
import { chainOfThief } from './stolen-authority.ts';

/** Tries to come in as a device with what is not its own; `accepted` is told of what the hub took. */
export function intrude(
  { door }: Network,
  machine: HubMachine,
  device: SimDevice,
  accepted: (what: string) => void,
): void {
  if (!door) return;
  const now = door.process.world.time + machine.skew();
  const has = async (what: string, ...shown: readonly Uint8Array[]) => {
    if (await door.admit(shown).catch(() => undefined)) accepted(`the hub let in ${what}`);
  };
  const tryAll = async () => {
    const identity = await readIdentity(device.medium.disk, STATE_FOLDER);
    if (!identity) return;
    const leaf = new X509Certificate(identity.chain[0]!);
    const first = device.firstChain.map(derOf);
    await has('a certificate whose signature is wrong', damaged(leaf.raw), derOf(identity.chain[1]!));
    await has('a server’s certificate as a device', ...door.chain());
    const isOver = now > new X509Certificate(first[0]!).validToDate.getTime();
    if (isOver) await has('an expired certificate', ...first);
    const forged = await chainOfThief(machine, identity);
    if (forged) await has('who had the key of an authority that was replaced', ...forged);
    const key = makeKey();
    const { secret } = device.token;
    await joins('a used token with another key', key, key, secret);
    await joins('a key without its proof', key, makeKey(), secret);
    await joins('a token with another secret', key, key, `${secret.slice(1)}${secret[0]}`);
  };
  const joins = async (what: string, key: Key, proving: Key, secret: string) => {
    const { token, name } = device;
    const publicKey = publicKeyOf(key);
    const proof = prove(joinProof(token.id, publicKey), proving);
    const inventory = {
      hostname: name,
      platform: 'linux',
      arch: 'x64',
      cores: 1,
      memory: 1,
      agentVersion: '0',
    };
    const body = JSON.stringify({ tokenId: token.id, secret, publicKey, proof, inventory });
    const request = { method: 'POST', url: 'https://hub:8443/join/v1/devices', body, deadlineMs: 1 };
    const { status } = await door.answer(request, '/join/v1/devices', []);
    if (status < 400) accepted(`the hub let in ${what}`);
  };
  void tryAll().catch(() => {});
}

type Key = ReturnType<typeof makeKey>;

/** With another last byte of the signature. */
function damaged(der: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(der);
  bytes[bytes.length - 1]! ^= 1;
  return bytes;
}
