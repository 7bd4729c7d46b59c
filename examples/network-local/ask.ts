import { readFile } from 'node:fs/promises';

/*
 * What an application on the network does: a process of its own, that trusts what NODE_EXTRA_CA_CERTS names, and has
 * its key from SKERRY_KEY. Prints what the server answered.
 */

const [url = '', input = ''] = process.argv.slice(2);
const body = await readFile(input, 'utf8');
const key = { authorization: `Bearer ${process.env.SKERRY_KEY}` };

const ask = (model: string, headers: Record<string, string>) =>
  fetch(`${url}/v2/models/${model}/infer`, { method: 'POST', headers, body });

const answer = await ask('digits', key);
const { outputs } = (await answer.json()) as { outputs?: [{ data: number[] }] };
const scores = outputs?.[0].data ?? [];
const status = {
  withKey: answer.status,
  withoutKey: (await ask('digits', {})).status,
  otherModel: (await ask('tiny', key)).status,
};
process.stdout.write(JSON.stringify({ ...status, digit: scores.indexOf(Math.max(...scores)) }));
