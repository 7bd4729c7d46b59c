import type { ModelSpec } from '@skerry/contracts';
import type { Clock } from '@skerry/kit';
import type { Session } from '../engines/engine.ts';
import { mayBatch } from '../execution/probe.ts';
import type { Remote } from '../execution/remote.ts';
import { inputScratch } from '../execution/scratch.ts';
import { type ModelStats, modelStats } from '../metrics/model-stats.ts';
import { type Gatherer, gatherer } from '../serving/gather.ts';
import { type PlainSignature, type Signature, signatureOf } from '../serving/signature.ts';
import type { Memory } from '../serving/wire.ts';
import type { Tensor } from '../tensors/tensor.ts';

export interface ModelId {
  readonly name: string;
  readonly version: string;
  /** Of the artifact it came from; empty for a folder that no hub sent. */
  readonly digest: string;
}

/** A session on this very thread. */
export interface Inline {
  /** Memory for an input, good until the next request. */
  readonly scratch: Memory;
  /** Runs at once. See `Session.run`. */
  run(feeds: readonly Tensor[], wanted: readonly string[]): Tensor[];
  /** Undefined for a model whose requests run one by one. */
  readonly gatherer: Gatherer | undefined;
}

/** One version of a model that takes traffic on this thread. */
export interface ServedModel extends ModelId, Signature {
  /** What this thread did for it. */
  readonly stats: ModelStats;
  /** Undefined for a model whose calls are too long for a serving thread. */
  readonly inline: Inline | undefined;
  /** Instance threads; those of an inline model get what is large or has pictures. */
  readonly remote: Remote | undefined;
  close(): void;
}

export interface ServedModelParts {
  readonly signature: PlainSignature;
  readonly digest: string;
  readonly stats: ModelStats;
  /** A session of this thread's own. */
  readonly session: Session | undefined;
  readonly remote: Remote | undefined;
  readonly clock: Clock;
}

export function servedModel({ signature, session, ...parts }: ServedModelParts): ServedModel {
  const { digest, stats, remote, clock } = parts;
  const model = signatureOf(signature);
  const inline = session && inlineOf(model, session, stats, clock);
  return {
    ...model,
    digest,
    stats,
    inline,
    remote,
    close() {
      inline?.gatherer?.flush();
      session?.close();
    },
  };
}

/** Serves a session of this thread's own, and nothing else. */
export function inlineModel(id: ModelId, spec: ModelSpec, session: Session, clock: Clock): ServedModel {
  const { inputs, outputs, leftOut } = session;
  const signature = { name: id.name, version: id.version, spec, inputs, outputs, leftOut };
  return servedModel({
    signature,
    digest: id.digest,
    stats: modelStats(),
    session,
    remote: undefined,
    clock,
  });
}

function inlineOf(model: Signature, session: Session, stats: ModelStats, clock: Clock): Inline {
  const run: Inline['run'] = (feeds, wanted) => {
    const started = clock.monotonic();
    const answer = session.run(feeds, wanted);
    stats.ran(rowsOf(feeds), (clock.monotonic() - started) * 1000);
    return answer;
  };
  return {
    scratch: inputScratch(session.inputs),
    run,
    gatherer: gatherer({ model, stats, clock, run, mayBatch: () => mayBatch(session) }),
  };
}

// By Triton's counting: the first axis is the batch, a scalar is one.
const rowsOf = (feeds: readonly Tensor[]) => feeds[0]?.shape[0] ?? 1;
