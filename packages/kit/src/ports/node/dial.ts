import { type IncomingMessage, request } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { deadlineSignal } from '../../deadline.ts';
import { nodeClock } from './clock.ts';
import { type Endpoint, type Env, type HttpProxy, proxyFor } from './proxy.ts';

/** Opens a TCP connection. Rejects with the system's error, the proxy's refusal, or the signal's reason. */
export type Dial = (to: Endpoint, signal: AbortSignal) => Promise<Socket>;

/** Whoever is there takes a connection at once, even where it waits long for what comes after. */
const DEADLINE_MS = 10_000;

/** As the environment says: through the proxy that HTTPS_PROXY names, unless NO_PROXY excepts the host. */
export function nodeDial(env: Env, deadlineMs: number = DEADLINE_MS): Dial {
  const clock = nodeClock();
  return async (to, signal) => {
    const proxy = proxyFor(to, env);
    const limited = deadlineSignal(deadlineMs, clock, `connecting to ${to.host}`, signal);
    try {
      return await (proxy ? dialThrough(proxy, to, limited.signal) : dialDirectly(to, limited.signal));
    } catch (error) {
      throw limited.signal.aborted && !signal.aborted ? silent(proxy, deadlineMs, error) : error;
    } finally {
      limited.stop();
    }
  };
}

const silent = (proxy: HttpProxy | undefined, deadlineMs: number, cause: unknown) =>
  new Error(
    `${proxy ? `the proxy ${proxy.host}:${proxy.port} gave ` : ''}no answer within ${deadlineMs / 1000} s`,
    { cause },
  );

export const dialDirectly: Dial = (to, signal) => opened(connect(to), 'connect', signal);

/** Resolves once the socket is there; it is destroyed when the signal aborts before. */
export async function opened<S extends Socket>(socket: S, event: string, signal: AbortSignal): Promise<S> {
  const abort = () => socket.destroy(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      socket.once(event, resolve);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed')));
    });
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** TLS over a connection that is there, which is destroyed where a key or a certificate is of no use. */
export async function openedTls(
  options: ConnectionOptions & { readonly socket: Socket },
  signal: AbortSignal,
): Promise<TLSSocket> {
  try {
    return await opened(connectTls(options), 'secureConnect', signal);
  } catch (error) {
    options.socket.destroy();
    throw error;
  }
}

/** By CONNECT (RFC 9110 §9.3.6). */
async function dialThrough(proxy: HttpProxy, to: Endpoint, signal: AbortSignal): Promise<Socket> {
  const socket = await openProxy(proxy, signal).catch((error) => {
    throw signal.aborted ? signal.reason : refusal(proxy, `cannot be reached: ${messageOf(error)}`, error);
  });
  try {
    const { status, head } = await askToConnect(proxy, to, socket, signal);
    if (status < 200 || status > 299) throw refusal(proxy, refusals[status] ?? `answered ${status}`);
    if (head.length > 0) socket.unshift(head);
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  }
}

const refusals: Readonly<Record<number, string>> = {
  403: 'does not let us pass to that address (403)',
  407: 'wants another user and password (407)',
};

const refusal = ({ host, port }: HttpProxy, why: string, cause?: unknown) =>
  new Error(`the proxy ${host}:${port} ${why}`, { cause });

const messageOf = (error: unknown) =>
  error instanceof AggregateError ? String(error.errors[0]?.message) : (error as Error).message;

function openProxy({ host, port, secure }: HttpProxy, signal: AbortSignal): Promise<Socket> {
  if (!secure) return dialDirectly({ host, port }, signal);
  const named = isIP(host) === 0 ? { servername: host } : {};
  return opened(connectTls({ host, port, ...named, ALPNProtocols: ['http/1.1'] }), 'secureConnect', signal);
}

function askToConnect(proxy: HttpProxy, { host, port }: Endpoint, socket: Socket, signal: AbortSignal) {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { authorization } = proxy;
  const headers = { host: target, ...(authorization && { 'proxy-authorization': authorization }) };
  return new Promise<{ status: number; head: Buffer }>((resolve, reject) => {
    const asked = request({ createConnection: () => socket, method: 'CONNECT', path: target, headers });
    const abort = () => asked.destroy(signal.reason);
    signal.addEventListener('abort', abort);
    asked.once('close', () => signal.removeEventListener('abort', abort));
    asked.once('error', (error) => reject(refusal(proxy, `did not answer: ${error.message}`, error)));
    const answered = ({ statusCode: status = 0 }: IncomingMessage, _socket?: Socket, head?: Buffer) =>
      resolve({ status, head: head ?? Buffer.alloc(0) });
    asked.once('connect', answered);
    asked.once('response', answered);
    asked.end();
  });
}
