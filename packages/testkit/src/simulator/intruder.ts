import { X509Certificate } from 'node:crypto';
import { joinProof } from '@skerry/contracts';
import { derOf, readIdentity } from '../../../agent/src/identity/identity.ts';
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
  const tryAll = async () => {
    const identity = await readIdentity(device.medium.disk, STATE_FOLDER);
    if (!identity) return;
    const leaf = new X509Certificate(identity.chain[0]!);
    const issuer = derOf(identity.chain[1]!);
    const now = door.process.world.time + machine.skew();
    const has = async (what: string, ...shown: readonly Uint8Array[]) => {
      if (await door.admit(shown)) accepted(`the hub let in ${what}`);
    };
    await has('a certificate whose signature is wrong', damaged(leaf.raw), issuer);
    await has('a server’s certificate as a device', ...door.chain());
    if (now > leaf.validToDate.getTime()) await has('an expired certificate', leaf.raw, issuer);
    const forged = await chainOfThief(machine, identity);
    if (forged) await has('who had the key of an authority that was replaced', ...forged);
    if ((await join(device)).status < 400) accepted('the hub let a used token in with another key');
  };
  const join = ({ token, name }: SimDevice) => {
    const publicKey = publicKeyOf(makeKey());
    const proof = prove(joinProof(token.id, publicKey), makeKey());
    const inventory = {
      hostname: name,
      platform: 'linux',
      arch: 'x64',
      cores: 1,
      memory: 1,
      agentVersion: '0',
    };
    const body = JSON.stringify({ tokenId: token.id, secret: token.secret, publicKey, proof, inventory });
    const request = { method: 'POST', url: 'https://hub:8443/join/v1/devices', body, deadlineMs: 1 };
    return door.answer(request, '/join/v1/devices', []);
  };
  void tryAll().catch(() => {});
}

/** With another last byte of the signature. */
function damaged(der: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(der);
  bytes[bytes.length - 1]! ^= 1;
  return bytes;
}
