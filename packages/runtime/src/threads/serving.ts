import type { LinkChange, VersionId } from '../execution/protocol.ts';
import type { TargetVersion } from '../models/model-table.ts';
import type { PlainSignature } from '../serving/signature.ts';

/** A version as a serving thread gets to know it, before it takes traffic. */
export interface VersionOrder {
  readonly id: VersionId;
  readonly digest: string;
  readonly signature: PlainSignature;
  /** The ONNX file where the thread is to open a session of its own. */
  readonly inline: string | undefined;
  /** Shared by all who send its instances work, see version-board.ts. */
  readonly board: SharedArrayBuffer;
  /** Memory for this thread's statistics. */
  readonly stats: SharedArrayBuffer;
}

/** What there is of a name, from now on. */
export interface EntryOrder {
  readonly name: string;
  /** Answers requests that name no version. */
  readonly serving: VersionId | undefined;
  /** By number and alias. */
  readonly versions: readonly (readonly [key: string, id: VersionId])[];
  readonly target: TargetVersion | undefined;
}

/**
 * The models of a serving thread, as the coordinator commands them: those of the main thread itself, or of a worker.
 * A version goes through prepare → publish, perhaps with others → publish without it → release.
 */
export interface ServingThread {
  /** Opens what the version needs, and warms it up. Rejects with why it cannot be served. */
  prepare(order: VersionOrder): Promise<void>;
  /** An instance of a prepared version came, with a port to it, or is lost. */
  link(id: VersionId, change: LinkChange): Promise<void>;
  /** The next request sees it; all versions in it are prepared. Without versions and target nothing is left. */
  publish(order: EntryOrder): Promise<void>;
  /** Resolves once nothing of this thread uses the version any more, and it is closed. */
  release(id: VersionId): Promise<void>;
}

/** Ports of the process. */
export interface ServingPorts {
  readonly rest: number;
  readonly grpc: number;
}

/** A serving thread that is a worker. */
export interface ServingWorker extends ServingThread {
  /** Joins the ports that the main thread listens on. */
  listen(ports: ServingPorts): Promise<void>;
  /** Takes no more connections; resolves when the requests in work have ended. */
  drain(): Promise<void>;
}

export const workerMethods = ['prepare', 'link', 'publish', 'release', 'listen', 'drain'] as const;

/** What a worker asks beside what its requests do. */
export interface InstanceRequests {
  /** Rejects with why there is none. */
  wantInstance(id: VersionId): Promise<void>;
}
