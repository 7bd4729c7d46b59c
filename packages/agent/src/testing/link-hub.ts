import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { renewProof } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { nodeClock, nodeDial, nodeHttp, nodeRandom } from '@skerry/kit/node';
import { memoryDisk } from '@skerry/kit/testing';
import type { DeviceIdentity } from '../identity/identity.ts';
import { prove, publicKeyOf } from '../identity/key.ts';
import { hubLink } from '../link/hub-link.ts';
import type { Heard, LinkSite } from '../link/link-conformance.ts';
import type { Transport } from '../link/transport.ts';
import { wires } from '../link/wires.ts';
import { paceOf } from '../pace.ts';
import { openSelf } from '../self.ts';
import { memoryState } from './memory-state.ts';

const program = fileURLToPath(new URL('../../../hub/src/testing/link-hub.ts', import.meta.url));

/** A device with a link of one transport to a real hub's device port, in a process of its own. */
export async function startLinkSite(transport: Transport): Promise<LinkSite> {
  const hub = await startHub();
  const addresses = [`https://127.0.0.1:${hub.ready.https}`, `mqtts://127.0.0.1:${hub.ready.mqtts}`];
  const clock = nodeClock();
  const http = nodeHttp();
  const self = (to: readonly string[]) =>
    openSelf({
      ports: { clock, random: nodeRandom(), http, disk: memoryDisk() },
      logger: silentLogger,
      identity: { ...hub.identity, addresses: to },
      folder: '/state',
      state: memoryState(),
    });
  const linkTo = (to: readonly string[]) =>
    hubLink({
      self: self(to),
      wires,
      clock,
      random: nodeRandom(),
      logger: silentLogger,
      dial: nodeDial({}),
      openHttp: () => nodeHttp({ keepAlive: true }),
      currentPace: () => ({ ...paceOf(undefined), transports: [transport] }),
    });
  const nobody = createServer(() => {}).listen(0, '127.0.0.1');
  await new Promise((resolve) => nobody.once('listening', resolve));
  const silentAt = `127.0.0.1:${(nobody.address() as { port: number }).port}`;
  const { key, deviceId } = hub.identity;
  const publicKey = publicKeyOf(key);
  return {
    link: linkTo(addresses),
    silent: linkTo([`https://${silentAt}`, `mqtts://${silentAt}`]),
    renewal: { publicKey, proof: prove(renewProof(deviceId, publicKey), key) },
    heard: hub.heard,
    tell: (kind, message) => hub.order({ do: 'tell', kind, message }),
    cut: () => hub.order({ do: 'cut' }),
    setUp: (up) => hub.order({ do: up ? 'up' : 'down' }),
    revoke: () => hub.order({ do: 'revoke' }),
    stall: (on) => void hub.child.kill(on ? 'SIGSTOP' : 'SIGCONT'),
    async close() {
      nobody.close();
      http.close();
      hub.child.stdin.end();
      await hub.exited;
    },
  };
}

interface Ready {
  readonly https: number;
  readonly mqtts: number;
  readonly device: Omit<DeviceIdentity, 'root' | 'certifiedAt'>;
}

/** See the program's own head for what is said each way. */
async function startHub() {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', program],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const heard: Heard[] = [];
  const waiting = new Map<number, () => void>();
  let orders = 0;
  const ready = await new Promise<Ready>((resolve, reject) => {
    exited.then(() => reject(new Error('the hub ended before it was ready')));
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text);
      if (line.ready) resolve(line);
      else if (line.done) waiting.get(line.done)?.();
      else heard.push({ kind: line.said, payload: Buffer.from(line.payload, 'base64') });
    });
  });
  const order = (what: object) =>
    new Promise<void>((resolve) => {
      waiting.set(++orders, resolve);
      child.stdin.write(`${JSON.stringify({ n: orders, ...what })}\n`);
    });
  const { chain, ...device } = ready.device;
  const root = chain.at(-1) ?? '';
  const identity: DeviceIdentity = { ...device, chain: chain.slice(0, 2), root, certifiedAt: Date.now() };
  return { child, exited, ready, heard, order, identity };
}
