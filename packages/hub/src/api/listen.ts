import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { hubError } from '../errors.ts';

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** What to set otherwise. */
  readonly flag: string;
  /** By what others call this host. */
  readonly name: string;
}

/** Whether only this machine can connect there. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** Whether it stands for every address of this machine, so that nobody can connect to it by that name. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** Listens, and gives the URL, by `name`, with the port that it got. Rejects with `PortInUse`, or `InvalidConfig` for another fault. */
export async function listenOn(
  app: FastifyInstance,
  { host, port, scheme, flag, name }: ListenOptions,
): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw hubError('PortInUse', `another process listens on ${host}:${port}`, {
        next: `Stop what listens there, or give another address with ${flag}.`,
        cause: error,
      });
    throw hubError('InvalidConfig', `the hub cannot listen on ${host}:${port}: ${message}`, {
      next: `Give an address of this machine with ${flag}.`,
      cause: error,
    });
  }
  const { port: given } = app.server.address() as AddressInfo;
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${given}`;
}
