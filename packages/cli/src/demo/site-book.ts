import { resultData, type StreamSummary } from '@skerry/contracts';
import type { ProjectClient } from '@skerry/sdk';
import { openFrameBook } from './frame-book.ts';
import { openJudge } from './judge.ts';
import { followLedger } from './ledger.ts';

/** What one camera was promised and what the hub holds of it, followed from both sides. */
export interface SiteBook {
  /** Reads on, on both sides. */
  readOn(): Promise<void>;
  /** Reads the drop notices, and how far each stream came. */
  settle(): Promise<readonly StreamSummary[]>;
  readonly counts: Readonly<SiteCounts>;
}

export interface SiteCounts {
  /** Frames in the camera's ledger. */
  readonly promised: number;
  /** Distinct frames whose result the hub holds. */
  readonly held: number;
  /** Promised, neither held nor excused by a drop notice. */
  readonly lost: number;
  /** Of the held ones, those whose digit is known, and those that were read right. */
  readonly judged: number;
  readonly correct: number;
  /** Results that the hub holds once more. */
  readonly repeated: number;
}

export interface SiteBookOptions {
  readonly project: ProjectClient;
  readonly device: string;
  readonly ledger: string;
  /** Label of each row of the data set. */
  readonly labels: readonly string[];
}

export function openSiteBook({ project, device, ledger, labels }: SiteBookOptions): SiteBook {
  const frames = openFrameBook();
  const judge = openJudge();
  const nextEntries = followLedger(ledger);
  let repeated = 0;
  let after: string | undefined;

  async function readLedger(): Promise<void> {
    for (const { frame, row } of await nextEntries()) {
      frames.promise(frame);
      judge.shown(frame, labels[row] ?? '');
    }
  }

  async function readHub(): Promise<void> {
    for (;;) {
      const page = await project.devices.messages(device, { stream: 'result', after });
      for (const { event } of page.items) takeResult(event.id, event.data);
      after = page.next ?? after;
      if (page.items.length === 0) return;
    }
  }

  function takeResult(id: string, data: unknown): void {
    const frame = frameOf(id);
    if (frame === undefined) return;
    if (frames.hold(frame)) judge.read(frame, resultData.safeParse(data).data?.label);
    else repeated++;
  }

  return {
    async readOn() {
      await Promise.all([readLedger(), readHub()]);
    },
    async settle() {
      const streams = await project.devices.streams(device);
      const ids = streams.flatMap(({ dropped }) => dropped.flatMap((notice) => notice.ids));
      for (const frame of ids.map(frameOf)) if (frame !== undefined) frames.excuse(frame);
      return streams;
    },
    get counts() {
      return { ...frames.counts, ...judge.counts, repeated };
    },
  };
}

/** Ids of events end in `#` and the number of the frame that they come from. */
function frameOf(id: string): number | undefined {
  const number = Number(id.slice(id.lastIndexOf('#') + 1));
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
