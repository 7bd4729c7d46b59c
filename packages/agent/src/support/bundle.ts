import type { Compression } from '@skerry/kit';
import { createTar } from 'nanotar';
import { agentError } from '../errors.ts';
import type { Content } from './contents.ts';
import type { Scrubber } from './scrub.ts';

const README = `What \`skerry agent support-bundle\` collected on a device, for somebody who helps.

about.json      versions and facts of the machine
check.txt       what \`skerry agent check\` found; check.json the same for programs
identity.json   who the device is, and its certificates
status.json     what the running agent says; absent content: none ran
state.json      what the agent remembers
desired.json    what the hub wants
events.jsonl    the device's events that the hub has not yet taken
files.json      names, sizes and permissions in the state folder
logs/           what agent and runtime said

A file that says {"unreadable": …} alone could not be read there, and why.

Private keys, tokens, passwords and hashes of keys were taken out ([removed]). Names of hosts, devices, models
and sites are in it, and addresses: look at it before you hand it on.
`;

/** The bundle (tar, gzip), all secrets taken out. Rejects with `Internal`, rather than hand out one that is left. */
export async function makeBundle(
  contents: readonly Content[],
  scrub: Scrubber,
  { compression, now }: { compression: Compression; now: number },
): Promise<Uint8Array> {
  const files = contents.map((content) => ({ name: content.name, text: textOf(content, scrub) }));
  for (const { name, text } of files)
    if (scrub.finds(text))
      throw agentError('Internal', `${name} would have held a secret; nothing was written`);
  const attrs = { mode: '600', uid: 0, gid: 0, mtime: now };
  const all = [{ name: 'README.txt', text: README }, ...files];
  return compression.gzip(
    createTar(all.map(({ name, text }) => ({ name: `skerry-support/${name}`, data: text, attrs }))),
  );
}

function textOf(content: Content, scrub: Scrubber): string {
  if ('json' in content) return `${JSON.stringify(scrub.json(content.json) ?? null, null, 2)}\n`;
  return stretchesOf(content.lines.split('\n'))
    .map((stretch) =>
      'json' in stretch ? JSON.stringify(scrub.json(stretch.json)) : scrub.text(stretch.text),
    )
    .join('\n');
}

type Stretch = { readonly json: unknown } | { readonly text: string };

/** Lines of JSON one by one, since their names say what is secret; all between together, since a key takes several. */
function stretchesOf(lines: readonly string[]): Stretch[] {
  const stretches: Stretch[] = [];
  let plain: string[] = [];
  const close = () => {
    if (plain.length > 0) stretches.push({ text: plain.join('\n') });
    plain = [];
  };
  for (const line of lines) {
    const json = jsonOf(line);
    if (json === undefined) plain.push(line);
    else {
      close();
      stretches.push({ json });
    }
  }
  close();
  return stretches;
}

function jsonOf(line: string): unknown {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
