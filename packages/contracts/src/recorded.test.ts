import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { desiredState } from './desired/desired-state.ts';
import { type DesiredDocument, desiredDocument } from './desired/envelope.ts';
import { openDesired } from './desired/open-desired.ts';
import { chainResponse, joinRequest, joinResponse } from './identity/join.ts';
import { batchHeader, decodeBatch, splitEvents } from './link/batch.ts';
import { command, commandAnswer } from './link/command.ts';
import { ack, busy, confirm, hello, nudge, welcome } from './link/session.ts';
import { deviceEventData, event, eventTypes, resultData, sampleData } from './messages/event.ts';
import { runtimeStatus } from './serving/runtime-admin.ts';
import { report } from './status/reported.ts';

/*
 * What released versions really said to each other, recorded once and never changed: every later version has to
 * understand it.
 */

const folder = new URL('../recorded/', import.meta.url);

const data = {
  [eventTypes.result]: resultData,
  [eventTypes.sample]: sampleData,
  [eventTypes.deviceEvent]: deviceEventData,
} as Record<string, z.ZodType>;

const recordedEvent = event.superRefine((it, context) => {
  const parsed = data[it.type]?.safeParse(it.data);
  if (!parsed?.success) context.addIssue({ code: 'custom', message: `${it.type}: ${parsed?.error}` });
});
const batch = z.object({ header: batchHeader, events: z.array(recordedEvent), packet: z.base64() });

const schemas: Record<string, z.ZodType> = {
  'chain-response': chainResponse,
  'join-request': joinRequest,
  'join-response': joinResponse,
  hello,
  welcome,
  report,
  'report-difference': report,
  confirm,
  busy,
  ack,
  nudge,
  command,
  answer: commandAnswer,
  'batch-result': batch,
  'batch-sample': batch,
  'batch-event': batch,
  'desired-document': desiredDocument,
  'runtime-status': runtimeStatus,
};

for (const version of readdirSync(folder)) {
  const read = (name: string) => JSON.parse(readFileSync(new URL(`${version}/${name}.json`, folder), 'utf8'));
  const names = readdirSync(new URL(`${version}/`, folder)).map((file) => file.replace(/\.json$/, ''));

  describe(`messages of ${version}`, () => {
    it('are one of each kind', () => assert.deepEqual(names.sort(), Object.keys(schemas).sort()));

    for (const name of names)
      it(`${name} is understood`, () => {
        schemas[name]!.parse(read(name));
      });

    for (const name of names.filter((it) => it.startsWith('batch-')))
      it(`${name} is understood as the packet that it was`, () => {
        const { header, events, packet } = batch.parse(read(name));
        const decoded = decodeBatch(Buffer.from(packet, 'base64'))!;
        assert.deepEqual(decoded.header, header);
        const texts = splitEvents(gunzipSync(decoded.compressedBody).toString())!;
        assert.equal(texts.length, header.count);
        assert.deepEqual(
          texts.map((text) => event.parse(JSON.parse(text))),
          events,
        );
      });

    it('the desired state is opened by the device that it was for', () => {
      const { hubId, projectId, deviceId, chain } = joinResponse.parse(read('join-response'));
      const document: DesiredDocument = desiredDocument.parse(read('desired-document'));
      const root = new X509Certificate(chain.at(-1)!).raw;
      const now = new X509Certificate(document.chain[0]!).validFromDate.getTime() + 1;
      const opened = openDesired(document, { hubId, projectId, deviceId, root, now });
      assert.ok(opened.ok, JSON.stringify(opened));
      assert.deepEqual(Object.keys(desiredState.parse(opened.body).models), ['digits']);
    });
  });
}
