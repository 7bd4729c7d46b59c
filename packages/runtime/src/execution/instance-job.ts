import type { MessagePort, Transferable } from 'node:worker_threads';
import type { Placement } from '../pictures/placement.ts';
import type { Signature } from '../serving/signature.ts';
import type { InferRequest, Timing, Wire } from '../serving/wire.ts';
import { newData, type Tensor } from '../tensors/tensor.ts';
import { plainError } from '../threads/plain-error.ts';
import { rowsOf } from './batch.ts';
import { latestStart, type Patience } from './patience.ts';
import type { FromInstance, JobMessage, SharedMs } from './protocol.ts';
import { ORDINARY, type Waiting } from './queue.ts';

/** A serving thread, as a version here knows it. */
export interface Link {
  readonly port: MessagePort;
  /** What is not answered yet, by its id. */
  readonly jobs: Map<number, Job | 'reading' | 'cancelled'>;
  /** What the bodies lie in that are to be given back with the answer, by the job's id. */
  readonly memory: Map<number, ArrayBuffer>;
}

/** A request that was read and waits for its turn. */
export interface Job extends Waiting {
  readonly link: Link;
  readonly id: number;
  readonly arrived: SharedMs;
  readonly inputUs: number;
  readonly feeds: readonly Tensor[];
  readonly wanted: readonly string[];
  /** 0 for one that must run alone. */
  readonly rows: number;
  /** How to write the answer; undefined for a caller who wants tensors. */
  readonly writer:
    | {
        readonly wire: Wire;
        readonly request: InferRequest;
        readonly placements: readonly Placement[] | undefined;
      }
    | undefined;
}

export type Read = Pick<Job, 'feeds' | 'wanted' | 'writer'> & Pick<InferRequest, 'priority' | 'timeoutUs'>;

/**
 * What a message asks for, pictures decoded: at once, or by promise where there are some. `wire` belongs to a body.
 * Throws and rejects with what `Wire.read` and `decodePictures` do.
 */
export function readJob(
  model: Signature,
  { what }: JobMessage,
  wire: Wire | undefined,
): Read | Promise<Read> {
  if (what.kind === 'tensors') return { ...what, priority: 0, timeoutUs: 0, writer: undefined };
  const request = wire!.read(model, what, (input, count) => newData(model.inputs[input]!.datatype, count));
  if (request.encoded) return readPictures(model, wire!, request);
  return { ...request, writer: { wire: wire!, request, placements: undefined } };
}

async function readPictures(model: Signature, wire: Wire, request: InferRequest): Promise<Read> {
  const { decodePictures } = await import('../pictures/decode.ts');
  const { feeds, placements } = await decodePictures(model, request.feeds);
  return { ...request, feeds, writer: { wire, request, placements } };
}

/**
 * @param patienceMs  how long its client waits; `Infinity` where it does not say
 * @param headroomMs  what the call, and the way back, may take
 */
export function jobOf(
  link: Link,
  { id, since, arrived }: JobMessage,
  { feeds, wanted, writer, priority }: Read,
  inputUs: number,
  times: Pick<Patience, 'patienceMs' | 'headroomMs'>,
): Job {
  return {
    link,
    id,
    arrived,
    inputUs,
    feeds,
    wanted,
    writer,
    rows: rowsOf(feeds),
    priority: priority || ORDINARY,
    deadline: latestStart({ since, arrived, ...times }),
  };
}

/** Sends the answer and says how long all took. Throws what `Wire.write` does; then nothing was sent. */
export function answerJob(
  model: Signature,
  { link, id, writer }: Job,
  outputs: readonly Tensor[],
  timingAt: () => Timing,
  now: () => SharedMs,
): Timing {
  if (!writer) {
    const timing = timingAt();
    send(link, { id, outputs, timing, sent: now() }, outputs.flatMap(memoryOf));
    return timing;
  }
  const { text, binary } = writer.wire.write(model, writer.request, outputs, writer.placements);
  const own = binary.length === 0 ? binary : binary.map(owned);
  const timing = timingAt();
  send(
    link,
    { id, text, binary: own, timing, sent: now() },
    own.map(({ buffer }) => buffer as ArrayBuffer),
  );
  return timing;
}

export function refuseJob(link: Link, id: number, error: unknown): void {
  send(link, { id, error: plainError(error) }, []);
}

function send(link: Link, message: FromInstance, transfer: readonly Transferable[]): void {
  const { id } = message;
  const memory = link.memory.get(id);
  link.jobs.delete(id);
  link.memory.delete(id);
  if (memory) link.port.postMessage({ ...message, memory }, [...new Set([...transfer, memory])]);
  else link.port.postMessage(message, transfer.length > 1 ? [...new Set(transfer)] : transfer);
}

const memoryOf = ({ data }: Tensor) =>
  ArrayBuffer.isView(data) ? [(data as Uint8Array).buffer as ArrayBuffer] : [];

// Transferred is the whole of the memory that a view looks at, and two views may look at one.
const owned = (bytes: Uint8Array) =>
  bytes.length === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
