import type { X509Certificate } from 'node:crypto';
import { join, resolve } from 'node:path';
import { configKeys } from '@skerry/kit/config';
import { nodePorts } from '@skerry/kit/node';
import { requireHub } from './backup/write.ts';
import { readSettings, runKeys } from './config.ts';
import { hubError } from './errors.ts';
import { missing } from './identity/authority-maker.ts';
import { type KeyFolder, keyFolder } from './identity/key-folder.ts';
import { rotateIssuing, rotateRoot } from './identity/rotate.ts';
import type { Verb } from './verb.ts';

const keys = configKeys({ data: runKeys.data });
const rotations = { issuing: rotateIssuing, root: rotateRoot } as const;

/** Replaces keys of a hub; one that runs takes up what is new within seconds. */
export const rotateVerb: Verb = {
  keys,
  usage: 'skerry hub rotate issuing|root [settings]',
  summary:
    'Replaces the keys that certify devices and hub, or the root too. The root’s key has to be in `keys` meanwhile. A hub that runs goes on with the new ones.',
  example: 'skerry hub rotate issuing --data ./skerry-hub',
  act: rotate,
};

async function rotate(argv: readonly string[]): Promise<void> {
  const { disk, clock, random } = nodePorts();
  const { values, rest } = await readSettings(keys, { argv, env: process.env }, disk);
  const [what = '', ...more] = rest;
  if (!isRotation(what) || more.length > 0)
    throw hubError('BadUsage', 'say what to rotate: skerry hub rotate issuing, or root');
  const data = resolve(values.data);
  await requireHub(disk, data, 'keys');
  const folder = keyFolder(disk, join(data, 'keys'));
  const hubId = await hubIdIn(folder);
  const rotated = await rotations[what]({ hubId, keys: folder, clock, random });
  const words = [
    `In force, within seconds also at a hub that runs; its root has the fingerprint ${rotated.root}.`,
    `Not needed any more: ${rotated.retired.join(', ')}. Keep the root’s key offline.`,
  ];
  process.stdout.write(`${process.stdout.isTTY ? words.join('\n') : JSON.stringify({ what, ...rotated })}\n`);
}

const isRotation = (text: string): text is keyof typeof rotations => Object.hasOwn(rotations, text);

/** As the first root’s name has it, so that no database has to be open. */
async function hubIdIn(folder: KeyFolder): Promise<string> {
  const root: X509Certificate = (await folder.readCertificate('root')) ?? missing('root.crt');
  const [, hubId] = /CN=Skerry root ([0-9a-f-]{36})$/m.exec(root.subject) ?? [];
  return hubId ?? missing('a root.crt of a hub');
}
