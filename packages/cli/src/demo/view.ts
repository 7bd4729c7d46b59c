import { type Paint, plain, type Shade } from '../render/colour.ts';
import { clockTime, count, latency, percent } from '../render/format.ts';
import { wrap } from '../render/screen.ts';
import { type Column, table } from '../render/table.ts';

/** A line of the demo's table. */
export interface SiteView {
  readonly site: string;
  readonly device: string;
  readonly sign: string;
  readonly word: string;
  readonly shade: Shade;
  /** Why it is not simply ready; empty where it is. */
  readonly why: string;
  readonly model: string;
  readonly frames: number;
  /** 0 to 1; undefined before there is a result. */
  readonly correct: number | undefined;
  readonly p50Us: number | undefined;
  readonly p99Us: number | undefined;
  readonly captured: number;
  readonly delivered: number;
  readonly waiting: number | undefined;
}

export interface DemoView {
  readonly elapsedMs: number;
  readonly hub: string | undefined;
  readonly sites: readonly SiteView[];
  /** What happens at the moment, or happened last. */
  readonly news: string;
  /** Where a runtime serves, and a request for it, once one does. */
  readonly tryIt: { readonly rest: string; readonly request: string } | undefined;
}

export interface ViewOptions {
  readonly width: number;
  readonly paint?: Paint;
}

/** Lines of the screen. */
export function screenLines(view: DemoView, { width, paint = plain }: ViewOptions): string[] {
  return [
    paint('bold', headline(view, width)),
    ...table(view.sites, columns, { width, paint }),
    ...wrap(
      'hull’s camera is bad on purpose: blurred, noisy, shifted. Its unsure frames are kept for learning.',
      width,
    ),
    ...tryLines(view, width),
    ...thenLines(width),
    ...(view.news === '' ? [] : ['', ...wrap(view.news, width).map((line) => paint('dim', line))]),
  ];
}

/** One line for where there is no terminal. */
export function plainLine({ elapsedMs, sites, news }: DemoView): string {
  const parts = sites.map(({ site, sign, word, why, frames, correct, waiting }) => {
    const right = correct === undefined ? '' : `, ${percent(correct)} right`;
    const left = waiting ? `, ${waiting} waiting` : '';
    const state = why === '' ? word : `${word} (${why.split(':')[0]})`;
    return `${sign} ${site} ${state} ${count(frames)} frames${right}${left}`;
  });
  return [clockTime(elapsedMs), ...parts, ...(news === '' ? [] : [news])].join(' · ');
}

function headline({ elapsedMs, hub }: DemoView, width: number): string {
  const tail = ['nothing leaves this machine', 'Ctrl-C ends it all'];
  const head = ['Skerry demo', clockTime(elapsedMs)];
  const whole = [...head, ...(hub === undefined ? [] : [`hub ${hub}`]), ...tail].join(' · ');
  return whole.length <= width ? whole : [...head, ...tail].join(' · ');
}

/** Where lines are short, DEVICE goes first, then MODEL, p50, p99. */
const columns: Column<SiteView>[] = [
  { title: '  SITE', text: (it) => `${it.sign} ${it.site}`, shade: (it) => it.shade },
  { title: 'DEVICE', text: (it) => it.device, drop: 1 },
  { title: 'STATUS', text: (it) => it.word, shade: (it) => it.shade },
  { title: 'MODEL', text: (it) => it.model, drop: 2 },
  { title: 'FRAMES', text: (it) => count(it.frames), align: 'right' },
  { title: 'CORRECT', text: (it) => (it.correct === undefined ? '-' : percent(it.correct)), align: 'right' },
  { title: 'p50', text: (it) => latencyText(it.p50Us), align: 'right', drop: 3 },
  { title: 'p99', text: (it) => latencyText(it.p99Us), align: 'right', drop: 4 },
  { title: 'CAPTURED', text: (it) => count(it.captured), align: 'right' },
  { title: 'DELIVERED', text: (it) => count(it.delivered), align: 'right' },
  { title: 'WAITING', text: (it) => (it.waiting === undefined ? '?' : count(it.waiting)), align: 'right' },
];

const latencyText = (us: number | undefined) => (us === undefined ? '-' : latency(us));

/** A command that is too long for the line is broken as a shell takes it. */
function tryLines({ tryIt }: DemoView, width: number): string[] {
  if (!tryIt) return [];
  const address = `Try:   curl -s ${tryIt.rest}/v2/models/digits/infer`;
  const body = `-d @${/^[\w./-]+$/.test(tryIt.request) ? tryIt.request : `'${tryIt.request}'`}`;
  const line = `${address} ${body}`;
  return line.length <= width ? [line] : [`${address} \\`, `       ${body}`];
}

function thenLines(width: number): string[] {
  const command = 'Then:  skerry serve ./your-model.onnx';
  const why = '(no hub, no YAML: your own model in one line)';
  const line = `${command}   ${why}`;
  return line.length <= width ? [line] : [command, `       ${why}`];
}
