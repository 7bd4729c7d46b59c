import { isSkerryError, type Random, type SkerryError } from '@skerry/kit';
import { mutate } from './mutate.ts';
import type { Target } from './target.ts';

export interface FuzzedTarget {
  readonly target: Target;
  /** Inputs to begin with; those that make the target say something new join them. */
  readonly inputs: Buffer[];
  /** What it said so far: codes and messages without their numbers and names. */
  readonly seen: Set<string>;
}

/** An input that a target did not take as it should. */
export interface Fault {
  readonly target: string;
  readonly input: Buffer;
  readonly cause: unknown;
}

/** CPU time that one input may take, ms. */
const MOST_MS = 1_000;
/** Of each target. */
const KEPT = { inputs: 128, bytes: 4_096, answers: 4_096 };

export function fuzzed(target: Target, inputs: readonly Buffer[]): FuzzedTarget {
  return { target, inputs: [...inputs], seen: new Set() };
}

/** Feeds every input as it is: those of the corpus must be taken before any change of them. */
export async function replay({ target, inputs, seen }: FuzzedTarget): Promise<Fault | undefined> {
  for (const input of [...inputs]) {
    const { fault, said } = await feed(target, input);
    if (fault) return fault;
    seen.add(said);
  }
  return undefined;
}

/** Feeds one changed input. */
export async function fuzzOnce(fuzzed: FuzzedTarget, random: Random): Promise<Fault | undefined> {
  const { target, inputs, seen } = fuzzed;
  const any = () => inputs[Math.floor(random.number() * inputs.length)]!;
  const input = mutate(any(), any(), random);
  const { fault, said } = await feed(target, input);
  if (!fault && !seen.has(said) && seen.size < KEPT.answers) {
    seen.add(said);
    if (inputs.length < KEPT.inputs && input.length <= KEPT.bytes) inputs.push(ownCopy(input));
  }
  return fault;
}

async function feed(target: Target, input: Buffer): Promise<{ said: string; fault?: Fault }> {
  const faultOf = (cause: unknown) => ({ said: '', fault: { target: target.name, input, cause } });
  try {
    const first = await timed(target, input);
    if (first.ms <= MOST_MS) return first;
    // Collecting garbage is this process's work too; what takes long by itself does so again.
    const { ms, said } = await timed(target, input);
    return ms <= MOST_MS ? { said } : faultOf(new Error(`it took ${ms} ms`));
  } catch (error) {
    return faultOf(error);
  }
}

async function timed(target: Target, input: Buffer): Promise<{ said: string; ms: number }> {
  const began = process.cpuUsage();
  const said = await saidBy(target, input);
  const { user, system } = process.cpuUsage(began);
  return { said, ms: (user + system) / 1000 };
}

async function saidBy(target: Target, input: Buffer): Promise<string> {
  try {
    return await target.run(input);
  } catch (error) {
    if (isRefusal(error)) return answerOf(error);
    throw error;
  }
}

/** Node cuts small buffers out of larger memory, which each of them keeps. */
const ownCopy = (input: Buffer) => Buffer.from(Uint8Array.from(input).buffer);

/** Code and message, without what differs from input to input. */
function answerOf({ code, detail }: SkerryError): string {
  const said = `${code} ${detail}`.replaceAll(/\d+|“.*?”|'.*?'|".*"|not .*/g, '…').slice(0, 120);
  // A copy: a part of a long text keeps all of it in memory.
  return Buffer.from(said).toString();
}

/** An error of ours that tells a client what it did wrong; the engine may fail on what only it can check. */
function isRefusal(error: unknown): error is SkerryError {
  return isSkerryError(error) && (error.status < 500 || error.code === 'InferenceFailed');
}
