import {
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestOn,
} from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { deadlineSignal, withDeadline } from '../../deadline.ts';
import type { Http, HttpRequest, HttpResponse } from '../http.ts';
import { nodeClock } from './clock.ts';
import { type Dial, dialDirectly } from './dial.ts';
import { openConnection, peerChain } from './http-connect.ts';
import { httpError, payloadTooLarge } from './http-errors.ts';
import { keptConnections } from './http-kept.ts';

const MAX_BYTES = 16 * 1024 * 1024;

export interface NodeHttpOptions {
  /** Default: directly. */
  readonly dial?: Dial;
  /**
   * Keeps a connection to each origin, over TLS for one identity, from one request to the next; requests that come
   * together wait for each other. A kept connection that the other side has closed meanwhile costs the next request
   * its try, unless it is a GET.
   */
  readonly keepAlive?: boolean;
  /** Keeps a connection for so long after a request, for one that follows; those that come together have one each. */
  readonly keepForMs?: number;
}

export function nodeHttp({ dial = dialDirectly, keepAlive, keepForMs }: NodeHttpOptions = {}): Http {
  const clock = nodeClock();
  const open = new Set<Socket>();

  const connection = async (request: HttpRequest, signal: AbortSignal): Promise<Socket> => {
    const socket = await openConnection(request, dial, signal);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    return socket;
  };
  const keeping = keepAlive ? { most: 1 } : keepForMs !== undefined && { idleMs: keepForMs };
  const kept = keeping ? keptConnections(connection, clock, keeping) : undefined;

  const head = async (request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> => {
    if (kept && mayBeKept(request)) {
      const answer = await exchange(request, { agent: kept.agentFor(request) }, signal);
      return responseOf(answer, request, peerChain(answer.socket));
    }
    const socket = await connection(request, signal);
    try {
      const chain = peerChain(socket);
      return responseOf(await exchange(request, { createConnection: () => socket }, signal), request, chain);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  };

  const responseOf = (message: IncomingMessage, request: HttpRequest, chain: Uint8Array[]): HttpResponse => {
    const stream = () => chunksOf(message, request);
    return {
      status: message.statusCode ?? 0,
      headers: headersOf(message),
      stream,
      body: () =>
        withDeadline(collect(stream()), request.deadlineMs, clock, `reading ${request.url}`).finally(() =>
          message.destroy(),
        ),
      discard: () => void message.destroy(),
      peerChain: () => chain,
    };
  };

  async function* chunksOf(message: IncomingMessage, request: HttpRequest): AsyncIterable<Uint8Array> {
    const { maxBytes = MAX_BYTES, deadlineMs, signal, url } = request;
    const abort = () => message.destroy(signal?.reason);
    signal?.addEventListener('abort', abort);
    try {
      signal?.throwIfAborted();
      if (Number(message.headers['content-length'] ?? 0) > maxBytes) throw payloadTooLarge(maxBytes, request);
      const chunks = message[Symbol.asyncIterator]();
      const next = () => withDeadline(chunks.next(), deadlineMs, clock, `reading ${url}`);
      let bytes = 0;
      for (let step = await next(); !step.done; step = await next()) {
        bytes += step.value.length;
        if (bytes > maxBytes) throw payloadTooLarge(maxBytes, request);
        yield step.value;
      }
    } catch (error) {
      throw httpError(error, request, signal);
    } finally {
      signal?.removeEventListener('abort', abort);
      message.destroy();
    }
  }

  return {
    async request(request) {
      const { method, url, deadlineMs, signal } = request;
      const limited = deadlineSignal(deadlineMs, clock, `${method} ${url}`, signal);
      try {
        return await head(request, limited.signal);
      } catch (error) {
        throw httpError(error, request, limited.signal);
      } finally {
        limited.stop();
      }
    },
    close() {
      kept?.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Who shows no certificate of its own may be one who does not look at the other side's either. */
const mayBeKept = ({ tls }: HttpRequest) => tls === undefined || tls.cert !== undefined;

/** Sends the request and waits for the answer's head. Without an agent, Node closes the connection afterwards. */
function exchange(
  request: HttpRequest,
  over: Pick<RequestOptions, 'agent' | 'createConnection'>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { pathname, search, host } = new URL(request.url);
  return new Promise((resolve, reject) => {
    const outgoing = requestOn({
      ...over,
      method: request.method,
      path: pathname + search,
      headers: { host, ...request.headers },
    });
    // A request that still waits for its connection says nothing when it is destroyed.
    const abort = () => {
      outgoing.destroy(signal.reason);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort);
    let isAnswered = false;
    outgoing.on('error', (error) => {
      // The other side may have closed it before it saw the request (RFC 9112 §9.3.1).
      const isLost = outgoing.reusedSocket && request.method === 'GET' && !isAnswered && !signal.aborted;
      if (isLost) exchange(request, over, signal).then(resolve, reject);
      else reject(error);
    });
    outgoing.once('close', () => signal.removeEventListener('abort', abort));
    outgoing.once('response', (answer) => {
      isAnswered = true;
      resolve(answer);
    });
    send(outgoing, request.body);
  });
}

function send(outgoing: ClientRequest, body: HttpRequest['body']): void {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    outgoing.end(body);
    return;
  }
  const source = Readable.from(body);
  source.once('error', (error) => outgoing.destroy(error));
  outgoing.once('close', () => source.destroy());
  source.pipe(outgoing);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
