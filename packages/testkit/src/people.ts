import {
  type DeviceResource,
  type DropNotice,
  deviceResource,
  type HubEvent,
  hubEvent,
  listOf,
  newDeviceToken,
  type StoredMessage,
  type StreamSummary,
  storedMessage,
  streamSummary,
} from '@skerry/contracts';
import { z } from 'zod';
import type { Hub } from './hub.ts';

type Who = Pick<Hub, 'api' | 'adminToken'>;
type NewToken = Partial<z.input<typeof tokenRequest>>;
const tokenRequest = z.object({
  uses: z.number(),
  expiresInSeconds: z.number(),
  deviceName: z.string(),
  site: z.string(),
  labels: z.record(z.string(), z.string()),
});

/** A request of the admin's to the people's API, below `/api/v1/projects/default`. Rejects on 400 and above. */
export async function asAdmin<T>(
  { api, adminToken }: Who,
  path: string,
  schema: z.ZodType<T>,
  { method = 'GET', body }: { method?: string; body?: unknown } = {},
): Promise<T> {
  const response = await fetch(`${api}/api/v1/projects/default${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminToken}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
  return schema.parse(text === '' ? undefined : JSON.parse(text));
}

export function getDevice(hub: Who, name: string): Promise<DeviceResource> {
  return asAdmin(hub, `/devices/${name}`, deviceResource);
}

/** Makes a join token; its text and its id. */
export function makeToken(hub: Who, wish: NewToken = {}): Promise<{ token: string; id: string }> {
  return asAdmin(hub, '/device-tokens', newDeviceToken, { method: 'POST', body: wish });
}

/** The newest events, at most a thousand; of one device where it is named. */
export async function listEvents(hub: Who, device?: string): Promise<HubEvent[]> {
  const which = device === undefined ? '' : `&device=${device}`;
  return (await asAdmin(hub, `/events?limit=1000${which}`, listOf(hubEvent))).items;
}

/** All that the hub holds of one of a device's streams, page by page. */
export async function readMessages(hub: Who, device: string, stream: string): Promise<StoredMessage[]> {
  const messages: StoredMessage[] = [];
  let after = '';
  for (;;) {
    const path = `/devices/${device}/messages?stream=${stream}&limit=5000${after}`;
    const { items, next } = await asAdmin(hub, path, listOf(storedMessage));
    messages.push(...items);
    if (next === undefined) return messages;
    after = `&after=${encodeURIComponent(next)}`;
  }
}

export async function readStreams(hub: Who, device: string): Promise<StreamSummary[]> {
  return (await asAdmin(hub, `/devices/${device}/streams`, listOf(streamSummary))).items;
}

export async function readNotices(hub: Who, device: string): Promise<DropNotice[]> {
  return (await readStreams(hub, device)).flatMap(({ dropped }) => dropped);
}
