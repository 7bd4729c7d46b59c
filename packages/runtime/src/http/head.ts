import type { IncomingMessage } from 'node:http';

/** What of a request's head the serving of models asks for, values as they came. */
export interface Head {
  contentLength: number | undefined;
  contentType: string | undefined;
  contentEncoding: string | undefined;
  acceptEncoding: string | undefined;
  /** `Inference-Header-Content-Length`. */
  jsonLength: string | undefined;
  prefer: string | undefined;
  traceparent: string | undefined;
}

/**
 * Reads the head in one pass: `request.headers`, which is made when first asked for, costs several times as much.
 * The first of equal names counts.
 */
export function headOf({ rawHeaders }: IncomingMessage): Head {
  const head: Head = {
    contentLength: undefined,
    contentType: undefined,
    contentEncoding: undefined,
    acceptEncoding: undefined,
    jsonLength: undefined,
    prefer: undefined,
    traceparent: undefined,
  };
  for (let i = 0; i < rawHeaders.length; i += 2) take(head, rawHeaders[i]!, rawHeaders[i + 1]!);
  return head;
}

// By length first, which tells most names apart without looking at them.
function take(head: Head, name: string, value: string): void {
  switch (name.length) {
    case 6:
      if (is(name, 'prefer')) head.prefer ??= value;
      break;
    case 11:
      if (is(name, 'traceparent')) head.traceparent ??= value;
      break;
    case 12:
      if (is(name, 'content-type')) head.contentType ??= value;
      break;
    case 14:
      if (is(name, 'content-length')) head.contentLength ??= Number(value);
      break;
    case 15:
      if (is(name, 'accept-encoding')) head.acceptEncoding ??= value;
      break;
    case 16:
      if (is(name, 'content-encoding')) head.contentEncoding ??= value;
      break;
    case 31:
      if (is(name, 'inference-header-content-length')) head.jsonLength ??= value;
      break;
  }
}

const is = (name: string, wanted: string) => name === wanted || name.toLowerCase() === wanted;
