import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessions } from './sessions.ts';

test('the sessions that a connection began are known, the last few, until it ends', () => {
  const all = sessions({ publish: () => {} });
  const device = { projectId: 'p', deviceId: 'd' };
  const begin = (id: string) => all.begin({ ...device, id });
  begin('first');
  begin('second');
  assert.equal(all.current('d')?.id, 'second');
  assert.deepEqual([all.wasBegun('d', 'first'), all.wasBegun('d', 'third')], [true, false]);
  for (let number = 0; number < 8; number++) begin(`${number}`);
  assert.equal(all.wasBegun('d', 'second'), false);
  assert.equal(all.end('d')?.id, '7');
  assert.equal(all.wasBegun('d', '7'), false);
});
