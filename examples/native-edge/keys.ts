import type { Fleet } from './fleet.ts';
import { type Show, unknown } from './show.ts';
import { places } from './site.ts';

export const keysHelp = '1 2 3 choose a site · c its cable · p cut its power · d the drill · q the end';

/** A person's hand on the sites, until `q`. `onDrill` plays the drill. */
export async function obeyKeys(
  { rows }: Fleet,
  show: Show,
  input: NodeJS.ReadStream,
  onDrill: () => Promise<unknown>,
  end: AbortSignal,
): Promise<void> {
  let chosen = rows[0]!.site;
  let busy: Promise<unknown> | undefined;
  show.select(chosen.place.name);
  show.say('Choose a site, pull its cable, cut its power: see it go on, and catch up.');
  const once = (work: () => Promise<unknown>) => {
    busy ??= work()
      .catch((error: Error) => show.say(error.message))
      .finally(() => {
        busy = undefined;
      });
  };
  const { promise: quit, resolve } = Promise.withResolvers<void>();
  end.addEventListener('abort', () => resolve(), { once: true });
  const onKey = (key: string) => {
    const { name } = chosen.place;
    const index = ['1', '2', '3'].indexOf(key);
    if (index >= 0) {
      chosen = rows[index]!.site;
      show.select(places[index]!.name);
    } else if (key === 'c' && chosen.cable.plugged) {
      chosen.cable.pull();
      show.say(`The cable of the ${name} is out. It goes on, and what it records waits.`);
    } else if (key === 'c') {
      chosen.cable.plug();
      show.say(`The cable of the ${name} is in again; ${chosen.status?.waiting ?? unknown} messages wait.`);
    } else if (key === 'p') {
      show.say(`Power cut at the ${name}: agent and runtime are killed, and start again.`);
      once(() => chosen.cutPower());
    } else if (key === 'd') once(onDrill);
    else if (key === 'q' || key === '\u0003') resolve();
  };
  input.setRawMode(true).setEncoding('utf8').on('data', onKey).resume();
  await quit;
  input.off('data', onKey).setRawMode(false).pause();
  await busy;
}
