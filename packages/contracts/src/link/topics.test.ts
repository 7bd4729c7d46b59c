import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { downKinds, downTopic, parseTopic, upKinds, upTopic } from './topics.ts';

const device = { projectId: 'p', deviceId: 'd' };

describe('topics', () => {
  it('are read as they are written', () => {
    for (const kind of upKinds)
      assert.deepEqual(parseTopic(upTopic(device, kind)), { ...device, direction: 'up', kind });
    for (const kind of downKinds)
      assert.deepEqual(parseTopic(downTopic(device, kind)), { ...device, direction: 'down', kind });
  });

  it('are nothing else', () => {
    for (const topic of [
      'skerry/v1/p/d/up',
      'skerry/v1/p/d/up/ack',
      'skerry/v1/p/d/down/batch',
      'skerry/v1/p/d/up/batch/more',
      'skerry/v2/p/d/up/batch',
      'skerry/v1/+/d/up/batch',
      'skerry/v1/p/#/up/batch',
      'skerry/v1//d/up/batch',
      '$SYS/broker',
    ])
      assert.equal(parseTopic(topic), undefined, topic);
  });
});
