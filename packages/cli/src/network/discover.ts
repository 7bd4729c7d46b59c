import type { EventEmitter } from 'node:events';
import type { Clock } from '@skerry/kit';
import { Bonjour, type Service } from 'bonjour-service';
import { z } from 'zod';
import { failure } from '../errors.ts';

/** A runtime that announces itself. Anybody on the network can say so: trust it by its fingerprint alone. */
export interface Discovered {
  readonly name: string;
  /** Base address, by the address that the announcement came from. */
  readonly url: string;
  /** Name by which the network finds it, such as `box.local`. */
  readonly host: string;
  /** A last one, `…`, where there are more. */
  readonly models: readonly string[];
  readonly tls: 'self' | 'yes' | 'no';
  readonly auth: 'key' | 'certificate' | 'none';
  /** `sha256:…` of the authority that clients have to trust, where the runtime made it itself. */
  readonly ca?: string;
}

const txt = z.object({
  models: z.string().default(''),
  tls: z.enum(['self', 'yes', 'no']).default('no'),
  auth: z.enum(['key', 'certificate', 'none']).default('none'),
  ca: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional()
    .catch(undefined),
});

const ASK_AGAIN_MS = 1_000;

/** Asks the network for so long who serves models (mDNS). Rejects with `Unreachable` where no multicast is possible. */
export async function discover(clock: Clock, forMs: number, signal: AbortSignal): Promise<Discovered[]> {
  const trouble: Error[] = [];
  const bonjour = new Bonjour({}, (error: Error) => trouble.push(error));
  const { server } = bonjour as unknown as { readonly server: { readonly mdns: EventEmitter } };
  server.mdns.on('error', (error: Error) => trouble.push(error));
  const browser = bonjour.find({ type: 'skerry', protocol: 'tcp' });
  try {
    const end = clock.monotonic() + forMs;
    for (let left = forMs; left > 0; left = end - clock.monotonic()) {
      await clock.sleep(Math.min(left, ASK_AGAIN_MS), signal);
      browser.update();
    }
    const found = browser.services.flatMap((service) => discovered(service) ?? []);
    if (found.length === 0 && trouble[0])
      throw failure('Unreachable', `the network cannot be asked by mDNS: ${trouble[0].message}`, {
        cause: trouble[0],
        next: 'Allow UDP port 5353 and multicast here, or ask by address.',
      });
    return found.toSorted((a, b) => a.name.localeCompare(b.name));
  } finally {
    browser.stop();
    await new Promise<void>((resolve) => bonjour.destroy(() => resolve()));
  }
}

/** Undefined for what does not announce as a runtime does. */
function discovered({ name, host, port, addresses, referer, txt: records }: Service): Discovered | undefined {
  const told = txt.safeParse(records ?? {});
  const address = referer?.address ?? addresses?.[0];
  if (!told.success || address === undefined) return undefined;
  const { tls, auth, models, ca } = told.data;
  const scheme = tls === 'no' ? 'http' : 'https';
  return {
    name,
    url: `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`,
    host,
    models: models.split(',').filter(Boolean),
    tls,
    auth,
    ...(ca !== undefined && { ca }),
  };
}
