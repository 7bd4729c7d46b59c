/** Whether what was read is what was shown, frame by frame. */
export interface Judge {
  /** The frame showed this digit. */
  shown(frame: number, label: string): void;
  /** The hub holds this answer for it. */
  read(frame: number, label: string | undefined): void;
  readonly counts: { readonly judged: number; readonly correct: number };
}

/** Each half of a frame waits for the other: they come by different ways, and in no order. */
export function openJudge(): Judge {
  const shown = new Map<number, string>();
  const read = new Map<number, string | undefined>();
  const counts = { judged: 0, correct: 0 };

  function judge(frame: number): void {
    if (!shown.has(frame) || !read.has(frame)) return;
    counts.judged++;
    if (shown.get(frame) === read.get(frame)) counts.correct++;
    shown.delete(frame);
    read.delete(frame);
  }

  return {
    counts,
    shown(frame, label) {
      shown.set(frame, label);
      judge(frame);
    },
    read(frame, label) {
      read.set(frame, label);
      judge(frame);
    },
  };
}
