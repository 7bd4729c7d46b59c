import { type HttpsConnection, longestHoldS, maxPacketBytes, upKinds } from '@skerry/contracts';
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { answerOver } from '../devices-port/answer-over.ts';
import { deviceOf } from '../devices-port/http.ts';
import type { Peers } from '../devices-port/peers.ts';
import { hubError } from '../errors.ts';
import type { HttpsConnections, Told } from './https-connections.ts';

const params = z.object({ id: z.uuid() });
const upParams = params.extend({ kind: z.enum(upKinds) });
const upQuery = z.object({ n: z.coerce.number().int().positive() });
const downQuery = z.object({
  after: z.coerce.number().int().nonnegative(),
  hold: z.coerce.number().int().nonnegative().max(longestHoldS),
});

/** Seconds that a device waits before it says again what was not taken. */
const RETRY_AFTER = '1';
/** The same for another connection, after too many. */
const RETRY_OPEN = '10';
/** Milliseconds that a connection may be silent beyond what the device waits for an answer. */
const GRACE = 30_000;

/** The link for devices that can only ask: see contracts `link/https.ts`. */
export function httpsLinkRoutes(connections: HttpsConnections, peers: Peers): FastifyPluginAsync {
  return async (app) => {
    const toBuffer = { parseAs: 'buffer', bodyLimit: maxPacketBytes } as const;
    app.addContentTypeParser('application/octet-stream', toBuffer, (_request, body, done) =>
      done(null, body),
    );
    // Questions that are held would hold up a hub that stops.
    app.addHook('preClose', async () => connections.close());

    app.post('/link/v1/connections', async (request, reply): Promise<HttpsConnection> => {
      const id = connections.open(await deviceOf(peers, request));
      if (id === undefined) {
        reply.header('retry-after', RETRY_OPEN);
        throw hubError('Unavailable', 'another connection of this device came just now');
      }
      reply.code(201);
      return { id };
    });

    app.post('/link/v1/connections/:id/up/:kind', async (request, reply) => {
      const device = await deviceOf(peers, request);
      const { id, kind } = read(upParams, request.params);
      const { n } = read(upQuery, request.query);
      const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
      const taken = connections.take(device, id, n, kind, body);
      if (taken === 'gone') throw over();
      if (taken === 'taken') return reply.code(204).send();
      reply.header('retry-after', RETRY_AFTER);
      throw hubError('Unavailable', 'the hub has too much waiting', { next: 'Say it again a little later.' });
    });

    app.get('/link/v1/connections/:id/down', async (request, reply) => {
      const device = await deviceOf(peers, request);
      const { id } = read(params, request.params);
      const { after, hold } = read(downQuery, request.query);
      const holdMs = hold * 1000;
      request.raw.socket.setTimeout(holdMs + GRACE);
      const told = await connections.next(device, id, { after, holdMs, over: answerOver(reply) });
      if (!told) throw over();
      return reply.type('application/json').send(jsonOf(told));
    });

    app.delete('/link/v1/connections/:id', async (request, reply) => {
      const { deviceId } = await deviceOf(peers, request);
      connections.end(deviceId, read(params, request.params).id);
      return reply.code(204).send();
    });
  };
}

function read<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw hubError(
    'InvalidRequest',
    `the address of a link request is not valid: ${z.prettifyError(parsed.error)}`,
  );
}

const over = () =>
  hubError('NotFound', 'this connection of the link is over', {
    next: 'Open another; an agent does so itself.',
  });

/** The messages are JSON already. */
const jsonOf = (told: readonly Told[]) =>
  `{"messages":[${told.map(({ n, kind, json }) => `{"n":${n},"kind":"${kind}","message":${json}}`).join(',')}]}`;
