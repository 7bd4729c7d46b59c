import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentStatus } from '../agent.ts';
import { statusText } from './status-text.ts';

const device: AgentStatus['device'] = {
  hubId: 'h',
  project: 'default',
  projectId: 'p',
  deviceId: 'd',
  name: 'till',
  addresses: ['https://hub:8443'],
};
const link = { connected: false, detail: 'away' } as AgentStatus['link'];

test('who is not connected is told when it will be tried again', () => {
  const away = { ...link, nextTryMs: 61_500 };
  assert.match(
    statusText({ device, link: away, reported: undefined }),
    /^Connected +no +away; next try in 62 s$/m,
  );
});

test('what was dropped is told by stream, and why the runtime gave it up', () => {
  const text = statusText({
    device,
    link,
    reported: {
      conditions: {},
      models: {},
      pipelines: {},
      streams: {
        'runtime/result': { acknowledged: 90, waiting: 5, dropped: 20 },
        'agent/event': { acknowledged: 3, waiting: 0, dropped: 0 },
      },
      outbox: {
        bytes: 2 ** 20,
        quota: 2 ** 29,
        drops: [{ stream: 'log', reason: 'expired', count: 7 }],
      },
    },
  });
  assert.match(text, /^stream +runtime\/result +70 delivered, 5 waiting, 20 dropped$/m);
  assert.match(text, /^stream +agent\/event +3 delivered, 0 waiting$/m);
  assert.match(text, /^outbox +1 MiB +of 512 MiB$/m);
  assert.match(text, /^given up +runtime\/log +7: expired$/m);
});
