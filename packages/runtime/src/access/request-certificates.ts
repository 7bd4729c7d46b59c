import { type Clock, type Processes, withDeadline } from '@skerry/kit';
import { failure } from '../errors.ts';
import {
  type CertificateAnswer,
  type CertificateQuestion,
  certificateAnswer,
} from './certificate-question.ts';

export interface CertificateMaker {
  readonly processes: Processes;
  readonly clock: Clock;
  /** How to start the child: program and arguments. */
  readonly certificateChild: readonly [program: string, ...args: string[]];
}

const DEADLINE_MS = 60_000;

/** Has certificates made in a process that lives no longer than that takes. Rejects with `Internal`. */
export async function requestCertificates(
  { processes, clock, certificateChild: [program, ...args] }: CertificateMaker,
  question: CertificateQuestion,
): Promise<CertificateAnswer> {
  const said: Record<'stdout' | 'stderr', string[]> = { stdout: [], stderr: [] };
  const output = { lines: (line: string, from: 'stdout' | 'stderr') => void said[from].push(line) };
  const child = await processes.spawn(program, args, { input: JSON.stringify(question), output });
  try {
    const { code } = await withDeadline(child.exited, DEADLINE_MS, clock, 'making a certificate');
    if (code === 0) return certificateAnswer.parse(JSON.parse(said.stdout.join('')));
  } finally {
    child.kill('SIGKILL');
  }
  throw failure(
    'Internal',
    `no certificate could be made: ${said.stderr.find((it) => /error/i.test(it)) ?? ''}`,
  );
}
