import type { IncomingHttpHeaders } from 'node:http';
import { instant } from '@skerry/contracts';
import { failure } from '../../errors.ts';
import { readBody } from '../../http/body.ts';
import { respondJson } from '../../http/respond.ts';
import type { Handler, Route } from '../../http/router.ts';
import type { ErrorWriter } from '../../http/server.ts';
import type { Frame } from '../frame.ts';
import type { Pipelines } from '../pipelines.ts';

export interface HttpSourceOptions {
  readonly pipelines: Pipelines;
  /** Bytes of a frame, at most. */
  readonly bodyLimit: number;
  readonly respondError: ErrorWriter;
}

/** `POST /pipelines/{name}/frames`: a CloudEvent in binary mode; 200 with the answer once its results are durable. */
export function httpSourceRoutes({ pipelines, bodyLimit, respondError }: HttpSourceOptions): Route[] {
  const post: Handler = (request, response, [name]) => {
    const pipeline = pipelines.find(name!);
    const head = frameHead(request.headers);
    readBody(request, bodyLimit, (error, body) => {
      const answered = error ? Promise.reject(error) : pipeline.process({ ...head, body });
      answered.then(
        (answer) => respondJson(response, 200, answer),
        (failed) => respondError(response, failed),
      );
    });
  };
  return [{ path: '/pipelines/:name/frames', verbs: { POST: post } }];
}

const REQUIRED = ['ce-specversion', 'ce-id', 'ce-source', 'ce-type'] as const;

// CloudEvents 1.0 §context attributes; HTTP binding §3.1.
function frameHead(headers: IncomingHttpHeaders): Omit<Frame, 'body'> {
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
