import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uuidv7 } from '@skerry/kit';
import type { Context } from './context.ts';
import type { ServedModel } from './models/served-model.ts';
import { takesBarePicture } from './pictures/picture-request.ts';
import { sampleBody } from './serving/sample-body.ts';
import type { Ready } from './standalone.ts';

/** A longer request is put into a file instead of the line. */
const pasteable = 4_096;

/** What a person is told once all is ready: where the models are, and for each a `curl` line that works when pasted. */
export async function announcement(
  context: Context,
  { rest, grpc, metrics, models }: Ready,
): Promise<string> {
  const served = [...context.models.entries.values()].flatMap(({ serving }) => (serving ? [serving] : []));
  const tries = served.map(
    async (model) =>
      `\nTry ${model.name}:\n  ${await curlLine(context, rest, model)}\n${photoLine(context, rest, model)}`,
  );
  const head = `Serving ${models.join(', ')} at ${rest} (gRPC at ${grpc}, metrics at ${metrics}/metrics). Ctrl-C ends it.\n`;
  return head + trustLines(context.security, rest) + (await Promise.all(tries)).join('');
}

/** What a client elsewhere has to trust, and how it gets it. */
function trustLines({ ca }: Context['security'], rest: string): string {
  if (!ca) return '';
  return `\nClients trust ${ca.path}; to fetch it elsewhere:\n  skerry device ca ${rest} --fingerprint ${ca.fingerprint}\n`;
}

/** What `curl` has to show and to trust. A key stands in no line that is kept in a history. */
function securityFlags({ ca, files }: Context['security']): string {
  const trust = ca === undefined ? '' : ` --cacert ${shellWord(ca.path)}`;
  return files.keys === undefined ? trust : `${trust} -H "Authorization: Bearer $SKERRY_KEY"`;
}

async function curlLine(context: Context, rest: string, { name, inputs }: ServedModel): Promise<string> {
  const body = JSON.stringify(sampleBody(inputs));
  const data = body.length <= pasteable ? body : `@${await keepFile(context, name, body)}`;
  return `${curlTo(context, rest, name)} -d ${shellWord(data)}`;
}

function photoLine(context: Context, rest: string, model: ServedModel): string {
  if (!takesBarePicture(model)) return '';
  return `With a photo of yours:\n  ${curlTo(context, rest, model.name)} -H 'Content-Type: image/jpeg' --data-binary @photo.jpg\n`;
}

const curlTo = ({ security }: Context, rest: string, name: string) =>
  `curl -s${securityFlags(security)} ${shellWord(`${rest}/v2/models/${encodeURIComponent(name)}/infer`)}`;

/** A file that is there as long as the runtime is. */
async function keepFile({ life, ports }: Context, name: string, content: string): Promise<string> {
  const { disk, clock, random } = ports;
  const folder = join(tmpdir(), `skerry-serve-${uuidv7(clock, random)}`);
  await life.start(
    'sample request',
    () => disk.makeFolder(folder),
    () => disk.removeTree(folder),
  );
  const path = join(folder, `${encodeURIComponent(name)}.json`);
  await disk.writeAtomic(path, content);
  return path;
}

/** A text as one word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
