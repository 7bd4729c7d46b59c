import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { digestOf, filepathAnnotation, mediaTypes } from '@skerry/contracts';
import { nodeClock, nodeHttp } from '@skerry/kit/node';
import { hubClient, hubJudge } from '../identity/hub-client.ts';
import { trustedTime } from '../identity/trusted-time.ts';
import { testAuthority } from './authority.ts';

const ids = {
  hubId: '01900000-0000-7000-8000-000000000001',
  projectId: '01900000-0000-7000-8000-000000000002',
  deviceId: '01900000-0000-7000-8000-000000000003',
};

/** A registry over HTTPS with client certificates, which misbehaves as a test wants. */
export interface TestRegistry {
  readonly client: ReturnType<typeof hubClient>;
  /** Path and Range of each request. */
  readonly asked: string[];
  /** Puts a model there; the digest of its manifest. */
  push(files: Readonly<Record<string, Uint8Array>>): string;
  /** What is served instead of the bytes of a digest. */
  replace(digest: string, bytes: Uint8Array): void;
  /** Bytes after which the connection is cut, once. */
  cutAfter: number | undefined;
  knowsRanges: boolean;
  /** So many are told to come back in 7 s. */
  busy: number;
  /** How many are open. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

export async function startTestRegistry(): Promise<TestRegistry> {
  const authority = await testAuthority();
  const hub = await authority.issue({ identity: { kind: 'hub', hubId: ids.hubId } });
  const device = await authority.issue({ identity: { kind: 'device', ...ids } });
  const blobs = new Map<string, Uint8Array>();
  const asked: string[] = [];
  const tls = { key: hub.key, cert: hub.chain.join('\n'), requestCert: true, rejectUnauthorized: false };

  const server = createServer(tls, (request, response) => {
    const { url = '', headers } = request;
    asked.push(`${url.split('/').at(-2)} ${headers.range ?? ''}`.trim());
    const content = blobs.get(url.split('/').at(-1)!);
    if (!content) return void response.writeHead(404).end();
    if (registry.busy-- > 0) return void response.writeHead(503, { 'retry-after': '7' }).end();
    const from = registry.knowsRanges ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
    const rest = content.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': rest.length,
      ...(from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    const cut = registry.cutAfter;
    if (cut === undefined || cut >= rest.length) return void response.end(rest);
    registry.cutAfter = undefined;
    response.write(rest.subarray(0, cut), () => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const put = (bytes: Uint8Array) => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return digest;
  };
  const http = nodeHttp();
  const identity = {
    ...ids,
    project: 'default',
    name: 'test',
    key: device.key,
    chain: device.chain,
    certifiedAt: 0,
    root: authority.root,
    addresses: [address],
  };
  const judge = hubJudge(trustedTime(nodeClock(), 0));
  const requireHub = (chain: readonly Uint8Array[]) => judge(chain, identity);
  const registry: TestRegistry = {
    client: hubClient({ http, identity: () => identity, requireHub }),
    asked,
    cutAfter: undefined,
    knowsRanges: true,
    busy: 0,
    push(files) {
      const layers = Object.entries(files).map(([path, bytes]) => ({
        mediaType: mediaTypes.weight,
        digest: put(bytes),
        size: bytes.length,
        annotations: { [filepathAnnotation]: path },
      }));
      const config = { mediaType: mediaTypes.modelConfig, digest: put(Buffer.from('{}')), size: 2 };
      const head = {
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        artifactType: mediaTypes.modelManifest,
      };
      return put(Buffer.from(JSON.stringify({ ...head, config, layers })));
    },
    replace: (digest, bytes) => void blobs.set(digest, bytes),
    connections: promisify(server.getConnections.bind(server)),
    async close() {
      http.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return registry;
}
