import type { HubEvent } from '@skerry/contracts';
import type { Paint } from '../render/colour.ts';
import { when } from '../render/format.ts';
import { type Column, table } from '../render/table.ts';

export interface EventView {
  readonly width: number;
  readonly paint: Paint;
  /** Milliseconds since the epoch: what "today" is. */
  readonly now: number;
  readonly timeZone: string;
  /** Whether to say what each is about. */
  readonly about: boolean;
}

/** An id in a table is there to be recognised, not copied. */
const shortened = (about: string) => about.replace(/\b([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, '$1…');

const aboutColumns: Column<HubEvent>[] = [
  { title: '', text: ({ about }) => shortened(about) },
  { title: '', text: ({ by, about }) => (by === about ? '' : by), drop: 1 },
];

/** Events as lines, without titles. Where lines are short, who did it goes first. */
export function eventTable(
  events: readonly HubEvent[],
  { now, timeZone, about, ...view }: EventView,
): string[] {
  const columns: Column<HubEvent>[] = [
    { title: '', text: ({ at }) => when(at, now, timeZone) },
    {
      title: '',
      text: ({ severity }) => severity,
      shade: (it) => (it.severity === 'Warning' ? 'yellow' : undefined),
    },
    ...(about ? aboutColumns : []),
    { title: '', text: ({ reason }) => reason },
    { title: '', text: ({ message }) => message, stretches: true },
  ];
  return table(events, columns, view).slice(1);
}
