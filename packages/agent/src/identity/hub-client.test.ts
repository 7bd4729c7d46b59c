import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Http, type HttpRequest, type HttpResponse, SkerryError } from '@skerry/kit';
import { hubClient } from './hub-client.ts';
import type { DeviceIdentity } from './identity.ts';

const answer = { status: 200 } as HttpResponse;
const problem = (code: string) =>
  new SkerryError({ code, detail: `${code} at the first`, next: 'Try again.' });

/** A hub with two addresses, whose first fails; and where it was asked. */
function hubWhoseFirst(error: unknown, atSecond: unknown = undefined) {
  const asked: string[] = [];
  const http = {
    async request({ url }: HttpRequest) {
      const { hostname } = new URL(url);
      asked.push(hostname);
      const failure = hostname === 'first' ? error : atSecond;
      if (failure !== undefined) throw failure;
      return answer;
    },
  } as Http;
  const addresses = ['https://first:8443', 'https://second:8443'];
  const identity = { chain: [], key: '', addresses } as unknown as DeviceIdentity;
  return { asked, hub: hubClient({ http, identity: () => identity, requireHub: () => {} }) };
}
const request = { method: 'GET', deadlineMs: 1_000 } as const;

for (const code of ['Unreachable', 'DeadlineExceeded', 'CertificateRefused'])
  test(`where the first address gives ${code} the second is asked, and goes first from then on`, async () => {
    const { asked, hub } = hubWhoseFirst(problem(code));
    assert.equal(await hub.request('/link/v1/desired', request), answer);
    assert.equal(await hub.request('/link/v1/desired', request), answer);
    assert.deepEqual(asked, ['first', 'second', 'second']);
  });

test('requests that come together ask every address, each for itself', async () => {
  const { asked, hub } = hubWhoseFirst(problem('DeadlineExceeded'));
  const both = [hub.request('/link/v1/desired', request), hub.request('/link/v1/renew', request)];
  assert.deepEqual(await Promise.all(both), [answer, answer]);
  assert.deepEqual(asked, ['first', 'first', 'second', 'second']);
});

test('where none answers, a refused certificate is told of: the hub may have another root', async () => {
  const refused = problem('CertificateRefused');
  const { asked, hub } = hubWhoseFirst(refused, problem('Unreachable'));
  await assert.rejects(hub.request('/link/v1/renew', request), refused);
  assert.deepEqual(asked, ['first', 'second']);
});

test('what is no matter of the address, or is not wanted any more, is not asked again', async () => {
  const tooLarge = problem('PayloadTooLarge');
  const one = hubWhoseFirst(tooLarge);
  await assert.rejects(one.hub.request('/link/v1/desired', request), tooLarge);
  const late = problem('DeadlineExceeded');
  const other = hubWhoseFirst(late);
  const signal = AbortSignal.abort(late);
  await assert.rejects(other.hub.request('/link/v1/desired', { ...request, signal }), late);
  assert.deepEqual([...one.asked, ...other.asked], ['first', 'first']);
});
