import type { Position } from '../../../agent/src/state/state.ts';
import type { Range } from './spans.ts';

/** A number on the wire: every epoch of a stream has its own. */
export interface WireNumber {
  readonly epoch: number;
  readonly number: number;
}

/** Under which numbers a machine ever told the hub of what lies in its folders. */
export interface WireNumbers {
  /** The agent numbers by this position from now on. */
  follow(position: Position): void;
  of(stream: string, streamId: string, local: number): WireNumber[];
  /** A folder goes on under another id, and so do the numbers in it. */
  renamed(from: string, to: string): void;
  /** The other way round: what of a folder, by its local numbers, the hub was told of as `first` to `last`. */
  locals(stream: string, streamId: string, told: Range & { readonly epoch: number }): Range[];
  copy(): WireNumbers;
}

interface Numbering {
  readonly streamId: string;
  readonly epoch: number;
  readonly base: number;
  /** What was acknowledged before has no number in it. */
  readonly behind: number;
}

/** Those of the runtime's streams alone: nobody holds a promise about others. */
export function wireNumbers(
  known: readonly (readonly [string, readonly Numbering[]])[] = [],
  heirs = new Map<string, string>(),
): WireNumbers {
  const byStream = new Map(known.map(([stream, numberings]) => [stream, [...numberings]]));
  const goesOnAs = (streamId: string, other: string): boolean => {
    const heir = heirs.get(streamId);
    return streamId === other || (heir !== undefined && goesOnAs(heir, other));
  };
  return {
    follow({ producer, stream, streamId, epoch, base, acknowledged }) {
      if (producer !== 'runtime' || epoch === 0) return;
      const numberings = byStream.get(stream) ?? [];
      byStream.set(stream, numberings);
      const at = numberings.findLastIndex(
        (it) => it.streamId === streamId && it.epoch === epoch && it.base === base,
      );
      const before = numberings[at];
      if (!before) numberings.push({ streamId, epoch, base, behind: acknowledged });
      else if (acknowledged < before.behind) numberings[at] = { ...before, behind: acknowledged };
    },
    of: (stream, streamId, local) =>
      (byStream.get(stream) ?? [])
        .filter((it) => goesOnAs(streamId, it.streamId) && local > it.behind)
        .map(({ epoch, base }) => ({ epoch, number: local - base })),
    renamed: (from, to) => void heirs.set(from, to),
    locals: (stream, streamId, { epoch, first, last }) =>
      (byStream.get(stream) ?? [])
        .filter((it) => it.streamId === streamId && it.epoch === epoch)
        .map(({ base, behind }) => ({ first: Math.max(first + base, behind + 1), last: last + base })),
    copy: () => wireNumbers([...byStream], new Map(heirs)),
  };
}
