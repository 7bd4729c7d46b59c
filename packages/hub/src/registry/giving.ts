import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fetching } from '../devices-port/fetching.ts';
import { deviceOf } from '../devices-port/http.ts';
import type { Peers } from '../devices-port/peers.ts';

/** Gives content to whoever a request is from, when it is its turn; throws where that is later. */
export type Giving = (
  chunks: AsyncIterable<Uint8Array>,
  bytes: number,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<AsyncIterable<Uint8Array>>;

export const atOnce: Giving = async (chunks) => chunks;

/** For devices, all of which may want the same new model at the same moment. */
export function blobsInTurn(fetching: Fetching, peers: Peers): Giving {
  return async (chunks, bytes, request, reply) => {
    const { deviceId } = await deviceOf(peers, request);
    const { gave } = await fetching.inTurn('blobs', deviceId, bytes, reply);
    return counted(chunks, gave);
  };
}

async function* counted(chunks: AsyncIterable<Uint8Array>, gave: (bytes: number) => void) {
  for await (const chunk of chunks) {
    yield chunk;
    gave(chunk.length);
  }
}
