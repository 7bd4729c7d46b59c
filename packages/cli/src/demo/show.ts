import { relative } from 'node:path';
import type { Cli } from '../cli.ts';
import { openScreen } from '../render/screen.ts';
import type { ExampleFiles } from './example-files.ts';
import type { Running } from './set-up.ts';
import { type DemoView, plainLine, screenLines } from './view.ts';
import { sitesAtFirst } from './watch.ts';

/** What the demo looks like while it runs. */
export interface Show {
  /** Ends drawing and gives the terminal back, with the last state on it. */
  close(): void;
}

const frameMs = 500;
const plainMs = 1000;

/** On a terminal a screen that is drawn over in place, else one plain line a second; on stderr where stdout is for JSON. */
export function openShow(cli: Cli, running: Running, files: ExampleFiles, json: boolean): Show {
  const view = () => viewOf(running, files);
  return cli.stdout.isTerminal && !json ? onScreen(cli, view) : inLines(cli, view, json);
}

function onScreen({ stdout }: Cli, view: () => DemoView): Show {
  const screen = openScreen(stdout);
  const draw = () => screen.draw(screenLines(view(), stdout));
  const drawing = setInterval(draw, frameMs);
  draw();
  // Whatever ends us, the terminal is given back.
  process.once('exit', screen.close);
  return {
    close() {
      clearInterval(drawing);
      screen.close();
      process.off('exit', screen.close);
      for (const line of screenLines(view(), stdout)) stdout.line(line);
    },
  };
}

function inLines({ stdout, stderr }: Cli, view: () => DemoView, json: boolean): Show {
  const out = json ? stderr : stdout;
  const printing = setInterval(() => out.line(plainLine(view())), plainMs);
  return {
    close() {
      clearInterval(printing);
      if (!json) for (const line of screenLines(view(), stdout)) stdout.line(line);
    },
  };
}

function viewOf({ hub, watch, news }: Running, files: ExampleFiles): DemoView {
  const rest = watch?.rest;
  const near = relative(process.cwd(), files.request);
  const request = near.startsWith('..') ? files.request : near;
  return {
    elapsedMs: performance.now(),
    hub: hub?.devices,
    sites: watch?.sites ?? sitesAtFirst,
    news,
    tryIt: rest === undefined ? undefined : { rest, request },
  };
}
