import { codeOfProblem, findCode, problem } from '@skerry/contracts';
import { type HttpResponse, SkerryError } from '@skerry/kit';
import type { z } from 'zod';
import { agentError } from '../errors.ts';

/** The JSON of an answer. The hub's problem (RFC 9457) is thrown as the error that it is. */
export async function answerOf<T>(response: HttpResponse, schema: z.ZodType<T>, what: string): Promise<T> {
  const text = Buffer.from(await response.body()).toString();
  if (response.status >= 400) throw refusalOf(response.status, text, what);
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const detail = `${what}: the hub answered what this agent does not understand`;
  throw agentError('Internal', detail, {
    cause: parsed.error,
    next: 'Check that hub and agent are of versions that go together.',
  });
}

/** The error that an answer of 400 or more stands for. */
export function refusalOf(status: number, text: string, what: string): SkerryError {
  const { data } = problem.safeParse(jsonOf(text));
  const code = (data && codeOfProblem(data.type)) ?? (status === 404 ? 'NotFound' : 'Unavailable');
  const known = findCode(code);
  return new SkerryError({
    code,
    title: data?.title ?? known?.title,
    detail: `${what}: ${data?.detail ?? `the hub answered ${status}`}`,
    next: data?.next ?? known?.next ?? 'Look at the hub’s log.',
    status,
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
