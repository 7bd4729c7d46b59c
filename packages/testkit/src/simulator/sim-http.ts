import { type Http, type HttpRequest, type HttpResponse, SkerryError } from '@skerry/kit';
import type { HttpAnswer, Network, Wire } from './network.ts';
import type { SimProcess } from './sim-process.ts';

const unreachable = (why: string) =>
  new SkerryError({ code: 'Unreachable', detail: `the hub cannot be reached: ${why}`, next: 'Try again.' });

/** A process's HTTP requests to the hub: the server's chain is judged first, as in a TLS handshake. */
export function simHttp(process: SimProcess, net: Network, wire: Wire): Http {
  const { world } = process;
  const chance = world.random(`${process.name} http`);
  const travel = (bytes: number) => wire.latencyMs * (0.5 + chance.number()) + bytes / wire.bytesPerMs;
  const arrives = (cut: boolean) => !cut && !(wire.loss > 0 && chance.number() < wire.loss);

  const exchange = (request: HttpRequest, answered: (answer: HttpAnswer) => void, failed: Failed) => {
    if (!arrives(wire.upCut)) return;
    world.after(travel(500), async () => {
      const { door } = net;
      if (!door?.process.alive) return world.after(travel(0), () => failed(unreachable('nobody listens')));
      const reply = await door
        .answer(request, new URL(request.url).pathname, pemsOf(request).map(net.derOf))
        .catch((error) => failed(error as SkerryError));
      if (!reply || !door.process.alive || !arrives(wire.downCut)) return;
      world.after(travel(sizeOf(reply)), () => answered(reply));
    });
  };

  return {
    request: (request) =>
      new Promise((resolve, reject) => {
        if (!process.alive) return;
        const settle = (act: () => void) => () => {
          stop();
          request.signal?.removeEventListener('abort', abort);
          if (process.alive) act();
        };
        const abort = settle(() => reject(request.signal?.reason));
        const failed = (error: SkerryError) => settle(() => reject(error))();
        const stop = process.clock.timer(request.deadlineMs, () =>
          failed(unreachable(`no answer in ${request.deadlineMs} ms`)),
        );
        request.signal?.addEventListener('abort', abort, { once: true });
        const chain = net.door?.chain() ?? [];
        const refusal = refusedBy(request, chain);
        if (refusal) failed(refusal);
        else exchange(request, (answer) => settle(() => resolve(responseOf(answer, chain)))(), failed);
      }),
    close() {},
  };
}

/** A signature is now and then a byte longer or shorter, which must not make another history of it. */
const sizeOf = ({ body }: HttpAnswer) => Math.ceil((body.length + 500) / 4096) * 4096;

type Failed = (error: SkerryError) => void;

/** Why the asking side does not trust who answers. */
function refusedBy({ tls }: HttpRequest, chain: readonly Uint8Array[]): SkerryError | undefined {
  try {
    if (chain.length > 0) tls?.verifyPeer?.(chain);
    return undefined;
  } catch (error) {
    return error as SkerryError;
  }
}

const pemsOf = ({ tls }: HttpRequest): string[] =>
  String(tls?.cert ?? '').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];

function responseOf({ status, headers, body }: HttpAnswer, chain: readonly Uint8Array[]): HttpResponse {
  return {
    status,
    headers,
    body: async () => body,
    async *stream() {
      yield body;
    },
    discard() {},
    peerChain: () => chain,
  };
}
