import type { ResultData } from '@skerry/contracts';

/** One message of a source, as a CloudEvent (1.0, HTTP binding, binary mode) says it. */
export interface Frame {
  /** `ce-source` and `ce-id`: together they name the frame for ever. */
  readonly source: string;
  readonly id: string;
  /** `ce-time`, where the source knows it. */
  readonly time: string | undefined;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Pixels as rows of channels of values, before scaling. */
export interface Image {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly values: ArrayLike<number>;
}

/** A model's answer, with what of it the rules look at. */
export type Answer = ResultData;

/** What stages hand to each other. */
export interface Work {
  readonly frame: Frame;
  image?: Image;
  answer?: Answer;
  /** Why the frame is to be kept for learning; by the index of the stage that says so. */
  kept?: { readonly stage: number; readonly reason: string }[];
}

export type Stage = (work: Work) => void | Promise<void>;

/**
 * The id of what comes from a frame: one text for each pair of source and number, so that a frame sent twice is
 * seen as one. `#` stands in it once.
 */
export function frameId({ source, id }: Pick<Frame, 'source' | 'id'>): string {
  return `${escaped(source)}#${escaped(id)}`;
}

const escaped = (text: string) => text.replaceAll(/[%#]/g, encodeURIComponent);
