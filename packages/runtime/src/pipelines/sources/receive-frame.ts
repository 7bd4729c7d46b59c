import { instant } from '@skerry/contracts';
import { failure } from '../../errors.ts';
import type { ForwardedAnswer, ForwardedRequest } from '../../serving/central.ts';
import type { Frame } from '../frame.ts';
import type { Pipelines } from '../pipelines.ts';

type Headers = ForwardedRequest['headers'];

/** Gives a frame that some serving thread took to its pipeline; rejects as that does. */
export async function receiveFrame(
  pipelines: Pipelines,
  { path, headers, body }: ForwardedRequest,
): Promise<ForwardedAnswer> {
  const name = decodeURIComponent(path.split('/')[2] ?? '');
  const answer = await pipelines.find(name).process({ ...frameHead(headers), body: bufferOf(body) });
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(answer)),
  };
}

const bufferOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

const REQUIRED = ['ce-specversion', 'ce-id', 'ce-source', 'ce-type'] as const;

// CloudEvents 1.0 §context attributes; HTTP binding §3.1.
function frameHead(headers: Headers): Omit<Frame, 'body'> {
  for (const name of REQUIRED)
    if (!headers[name])
      throw failure(
        'InvalidRequest',
        `the header ${name} is missing; a frame is a CloudEvent in binary mode`,
      );
  if (headers['ce-specversion'] !== '1.0')
    throw failure(
      'InvalidRequest',
      `ce-specversion is ${headers['ce-specversion']}; frames are CloudEvents 1.0`,
    );
  const [id, source] = [String(headers['ce-id']), String(headers['ce-source'])];
  if (id.length + source.length > MAX_NAME)
    throw failure('InvalidRequest', `ce-source and ce-id are over ${MAX_NAME} long`);
  return { id, source, time: timeOf(headers['ce-time']), contentType: headers['content-type'] ?? '' };
}

const MAX_NAME = 128;

function timeOf(time: string | string[] | undefined): string | undefined {
  if (time === undefined) return undefined;
  const parsed = instant.safeParse(time);
  if (!parsed.success)
    throw failure('InvalidRequest', `ce-time is ${String(time)}; it must be RFC 3339 in UTC`);
  return parsed.data;
}
