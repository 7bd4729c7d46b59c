import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@skerry/kit';
import { pathOf } from '../http/router.ts';
import { type Call, type Observer, openedCall } from './call.ts';

/** Requests over HTTP as an observer sees them. */
export interface HttpCalls {
  open(request: IncomingMessage, response: ServerResponse): void;
  /** To be filled in by whoever answers; undefined for a request that was not opened. */
  of(response: ServerResponse): Call | undefined;
}

export function httpCalls(observer: Observer, clock: Clock): HttpCalls {
  const calls = new WeakMap<ServerResponse, Call>();
  return {
    of: (response) => calls.get(response),
    open(request, response) {
      const began = clock.monotonic();
      const call = callOf(request, clock.now());
      calls.set(response, call);
      observer.opened(call);
      if (call.trace) response.setHeader('traceparent', call.trace.traceparent);
      response.once('close', () => {
        call.durationMs = clock.monotonic() - began;
        call.status = response.writableFinished ? response.statusCode : -1;
        observer.closed(call);
      });
    },
  };
}

function callOf({ headers, method = '', url = '/', socket }: IncomingMessage, beganAt: number): Call {
  const { traceparent } = headers;
  return openedCall({
    protocol: 'http',
    client: socket.remoteAddress ?? '',
    method,
    path: pathOf(url),
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    beganAt,
  });
}
