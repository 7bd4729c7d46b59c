import type { Fleet, Row } from './fleet.ts';

/** What a person sees while it runs. */
export interface Show {
  say(text: string): void;
  watch(fleet: Fleet): void;
  /** The site that keys act on. */
  select(name: string): void;
  /** Leaves the last picture on the terminal. */
  close(): void;
}

const newsLines = 10;
const frameMs = 250;
const plainMs = 2_000;
const paint = (code: number, text: string) => `\x1b[${code}m${text}\x1b[0m`;
const [dim, red, green, yellow] = [2, 31, 32, 33].map((code) => (text: string) => paint(code, text));

/** A screen drawn over in place; where nobody watches, plain lines; with `quiet`, nothing. */
export function openShow(out: NodeJS.WriteStream, quiet: boolean, keys: string): Show {
  const news: string[] = [];
  let fleet: Fleet | undefined;
  let selected = '';
  const isScreen = out.isTTY && !quiet;
  const picture = () => [
    `Native edge · hub ${fleet?.hub.api ?? 'starting'} · nothing leaves this machine`,
    '',
    ...(fleet ? tableLines(fleet.rows, selected, isScreen) : []),
    '',
    ...news.slice(-newsLines),
    '',
    isScreen ? dim!(keys) : '',
  ];
  const draw = () =>
    out.write(
      `\x1b[H${picture()
        .map((line) => `${line}\x1b[K`)
        .join('\r\n')}\x1b[J`,
    );
  const printPlain = () => fleet && out.write(`${tableLines(fleet.rows, '', false).join('\n')}\n`);
  if (isScreen) out.write('\x1b[?1049h\x1b[?25l');
  const timer = quiet ? undefined : setInterval(isScreen ? draw : printPlain, isScreen ? frameMs : plainMs);
  return {
    say(text) {
      news.push(text);
      if (!quiet && !isScreen) out.write(`${text}\n`);
    },
    watch(it) {
      fleet = it;
    },
    select(name) {
      selected = name;
    },
    close() {
      clearInterval(timer);
      if (isScreen) out.write(`\x1b[?25h\x1b[?1049l${picture().slice(0, -2).join('\n')}\n`);
    },
  };
}

/** For what nobody says while an agent is down: a 0 would look like loss. */
export const unknown = '?';

/** Within 80 columns. */
const head = '  SITE  NETWORK   CABLE  HUB MODELS         ANSWERED RECORDED WAITING  AT HUB';

function tableLines(rows: readonly Row[], selected: string, coloured: boolean): string[] {
  const in_ = (colour: ((text: string) => string) | undefined, text: string) =>
    coloured && colour ? colour(text) : text;
  return [in_(dim, head), ...rows.map((row) => lineOf(row, selected, in_))];
}

type Paint = (colour: ((text: string) => string) | undefined, text: string) => string;

function lineOf({ site, atHub }: Row, selected: string, in_: Paint): string {
  const { place, cable, status, answers, answered, recorded } = site;
  const waiting = status?.waiting;
  const count = (value: number | undefined) => (value?.toLocaleString('en') ?? unknown).padStart(8);
  return [
    `${place.name === selected ? '›' : ' '} ${place.name}`.padEnd(8),
    place.network.padEnd(10),
    cable.plugged ? 'in'.padEnd(7) : in_(red, 'PULLED'.padEnd(7)),
    status?.connected ? in_(green, 'yes'.padEnd(4)) : in_(red, 'no'.padEnd(4)),
    (status?.models ?? '').padEnd(15),
    in_(answers ? green : yellow, count(answered)),
    ` ${count(recorded)}`,
    in_(waiting === undefined || waiting > 9 ? yellow : undefined, count(waiting)),
    count(atHub),
  ].join('');
}

/** The end, in words. */
export const verdictLine = (site: string, recorded: number, held: number, lost: number, twice: number) =>
  `  ${site.padEnd(6)} ${recorded} recorded, ${held} at the hub: ${lost} lost, ${twice} twice`;
