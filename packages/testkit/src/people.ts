import type { CodeName, DropNotice, HubEvent, StoredMessage, StreamName } from '@skerry/contracts';
import { createHubClient, type ProjectClient, type SendRequest } from '@skerry/sdk';
import { until } from './until.ts';

/** The hub's API, project `default`, as whoever holds the token may use it. */
export function peopleOf(api: string, token: string): ProjectClient {
  return createHubClient({ url: api, token, request }).project('default');
}

const request: SendRequest = async ({ url, method, headers, body }) => {
  const response = await fetch(url, {
    method,
    headers,
    ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> | string }),
    signal: AbortSignal.timeout(15_000),
  });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  };
};

/** All that the hub holds of one of a device's streams. */
export async function readMessages(
  people: ProjectClient,
  device: string,
  stream: StreamName,
): Promise<StoredMessage[]> {
  const messages: StoredMessage[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await people.devices.messages(device, { stream, after });
    messages.push(...items);
    // The last page, an empty one, says where new messages will come.
    after = items.length > 0 ? next : undefined;
  } while (after !== undefined);
  return messages;
}

/** The drop notices of one of its streams, or of all. */
export async function readNotices(
  people: ProjectClient,
  device: string,
  stream?: StreamName,
): Promise<DropNotice[]> {
  const streams = await people.devices.streams(device);
  return streams.flatMap((it) => (stream === undefined || it.stream === stream ? it.dropped : []));
}

/** Waits until an event of that reason about a device is on record; the newest one. */
export function eventOf(people: ProjectClient, device: string, reason: CodeName): Promise<HubEvent> {
  const find = async () =>
    (await people.events({ device, most: 200 })).find((event) => event.reason === reason);
  return until(find, { what: `${reason} of ${device} is on record` });
}
