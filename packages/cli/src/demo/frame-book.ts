const promised = 1;
const held = 2;
const excused = 4;

/** What is known of every frame of one camera, a byte each. Frames are numbered from 1. */
export interface FrameBook {
  /** The runtime said that the frame is safe. */
  promise(frame: number): void;
  /** The hub holds the frame's result. False when it did already. */
  hold(frame: number): boolean;
  /** A drop notice accounts for it. */
  excuse(frame: number): void;
  readonly counts: { readonly promised: number; readonly held: number; readonly lost: number };
}

export function openFrameBook(): FrameBook {
  let flags = new Uint8Array(4096);
  const counts = { promised: 0, held: 0, lost: 0 };

  /** False when the frame had the flag. `lost` is kept up to date, since it is asked every second. */
  function mark(frame: number, flag: number): boolean {
    while (frame >= flags.length) flags = grown(flags);
    const before = flags[frame]!;
    if (before & flag) return false;
    flags[frame] = before | flag;
    counts.lost += lossOf(flags[frame]!) - lossOf(before);
    return true;
  }

  return {
    counts,
    promise(frame) {
      if (mark(frame, promised)) counts.promised++;
    },
    hold(frame) {
      const isNew = mark(frame, held);
      if (isNew) counts.held++;
      return isNew;
    },
    excuse: (frame) => void mark(frame, excused),
  };
}

const lossOf = (flags: number) => (flags === promised ? 1 : 0);

function grown(flags: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(flags.length * 2);
  larger.set(flags);
  return larger;
}
