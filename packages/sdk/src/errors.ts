import { codeOfProblem, findCode, problem } from '@skerry/contracts';
import type { HubResponse } from './request.ts';

/** The hub said no: an RFC 9457 problem, or an OCI error. `code` is one of the catalogue. */
export class HubError extends Error {
  override readonly name = 'HubError';
  readonly code: string;
  readonly detail: string;
  /** What to do about it. */
  readonly next: string;
  /** HTTP status. */
  readonly status: number;
  /** Each fault of the request, by JSON pointer. */
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];

  constructor(
    facts: Pick<HubError, 'code' | 'detail' | 'next' | 'status'> & Partial<Pick<HubError, 'errors'>>,
  ) {
    super(facts.detail);
    this.code = facts.code;
    this.detail = facts.detail;
    this.next = facts.next;
    this.status = facts.status;
    this.errors = facts.errors ?? [];
  }
}

export function isHubError(error: unknown, code?: string): error is HubError {
  return error instanceof HubError && (code === undefined || error.code === code);
}

/** The error in an answer that is not 2xx. What is no problem of ours, such as a proxy's page, goes by its status. */
export function errorOf({ status, body }: HubResponse, asked: string): HubError {
  const json = jsonOf(body);
  const known = problem.safeParse(json);
  if (known.success) return fromProblem(known.data, status);
  const code = codeByStatus[status] ?? (status >= 500 ? 'Internal' : 'InvalidRequest');
  const said = ociMessage(json);
  const detail = `${asked} was answered ${status}${said === undefined ? '' : `: ${said}`}`;
  return new HubError({ code, detail, next: nextOf(code), status });
}

/** An answer that is not what this client understands: mostly something else than a hub answers there. */
export function notUnderstood(asked: string, status: number): HubError {
  const detail = `the answer to ${asked} is not what a hub says`;
  return new HubError({
    code: 'Internal',
    detail,
    next: 'Check that the address is a hub’s, and its version.',
    status,
  });
}

function fromProblem(it: ReturnType<typeof problem.parse>, status: number): HubError {
  const code = codeOfProblem(it.type) ?? 'Internal';
  const { detail = it.title, next = nextOf(code), errors = [] } = it;
  return new HubError({ code, detail, next, status, errors });
}

const codeByStatus: Record<number, string> = {
  401: 'NotLoggedIn',
  403: 'Forbidden',
  404: 'NotFound',
  413: 'PayloadTooLarge',
  429: 'TooManyRequests',
  503: 'Unavailable',
  507: 'DiskFull',
};

const nextOf = (code: string) => findCode(code)?.next ?? 'Look at the log of the hub.';

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}

/** OCI distribution-spec 1.1, § Error codes. */
function ociMessage(json: unknown): string | undefined {
  const [first] = (json as { errors?: { code?: unknown; message?: unknown }[] } | undefined)?.errors ?? [];
  return typeof first?.message === 'string' ? first.message : undefined;
}
