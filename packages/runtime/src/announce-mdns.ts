import type { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import { every } from '@skerry/kit';
import { Bonjour, type Service } from 'bonjour-service';
import { isLoopback } from './access/hosts.ts';
import type { Context } from './context.ts';
import { failure } from './errors.ts';

/** What is told of the models besides where they are (TXT records, RFC 6763 §6); what is empty is left out. */
type Told = { path: string; tls: string; auth: string; models?: string; ca?: string };

const LOOK_MS = 5_000;
/** Bytes of a TXT record's string: RFC 6763 §6.1 allows 255, with the key and its `=`. */
const MAX_TXT = 255 - 'models='.length;

/**
 * Announces the models on the network (mDNS, RFC 6762; DNS-SD, RFC 6763) as `NAME._skerry._tcp.local`, anew when
 * others serve, and takes it back at the end. `rest` is the base address. Rejects with `InvalidConfig` for models that
 * the network cannot reach; a network that carries no multicast is logged, since the models serve all the same.
 */
export async function announceByMdns(context: Context, name: string, rest: string): Promise<void> {
  const { life, logger, ports, settings } = context;
  if (isLoopback(settings.host))
    throw failure(
      'InvalidConfig',
      '--announce tells the network of models that only this machine can reach',
      {
        next: 'Add --host with an address of the network, or leave --announce out.',
      },
    );
  const bonjour = await life.start(
    'mdns',
    () => openBonjour((error) => logger.warn('models cannot be announced by mDNS', { error })),
    (it) => new Promise<void>((resolve) => it.destroy(() => resolve())),
  );
  const port = Number(new URL(rest).port);
  let told = toldOf(context);
  let service = publish(bonjour, name, port, told);
  let warned = false;
  const look = () => {
    if (!service.published && !warned) {
      warned = true;
      logger.warn('models are not announced: another has that name, or the network carries no multicast', {
        name,
      });
    }
    const now = toldOf(context);
    if (now.models === told.models) return;
    told = now;
    const before = service;
    before.stop(() => {
      service = publish(bonjour, name, port, now);
    });
  };
  await life.start(
    'announcement',
    () => every(ports.clock, LOOK_MS, look),
    (stop) => {
      stop();
      return new Promise<void>((resolve) => service.stop(() => resolve()));
    },
  );
}

/** Its sockets report errors by an event that ends the process where nobody listens. */
function openBonjour(onError: (error: Error) => void): Bonjour {
  const bonjour = new Bonjour({}, onError);
  const { server } = bonjour as unknown as { readonly server: { readonly mdns: EventEmitter } };
  server.mdns.on('error', onError);
  return bonjour;
}

function publish(bonjour: Bonjour, name: string, port: number, txt: Told): Service {
  const host = `${hostname().toLowerCase().split('.')[0]}.local`;
  return bonjour.publish({ name, type: 'skerry', protocol: 'tcp', port, host, txt });
}

function toldOf({ models, security }: Context): Told {
  const { ca, tls, files } = security;
  const serving = [...models.entries].flatMap(([name, entry]) => (entry.serving ? [name] : []));
  return {
    path: '/v2',
    ...(serving.length > 0 && { models: fitting(serving) }),
    tls: ca ? 'self' : tls ? 'yes' : 'no',
    auth: files.keys ? 'key' : files.tls?.clientCa ? 'certificate' : 'none',
    ...(ca && { ca: ca.fingerprint }),
  };
}

/** Names as long as they fit; `…` says that there are more. */
function fitting(names: readonly string[]): string {
  const all = names.toSorted().join(',');
  if (Buffer.byteLength(all) <= MAX_TXT) return all;
  const cut = Buffer.from(all)
    .subarray(0, MAX_TXT - 4)
    .toString();
  return `${cut.slice(0, cut.lastIndexOf(',') + 1)}…`;
}
