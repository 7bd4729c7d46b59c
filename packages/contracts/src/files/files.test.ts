import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseModelReference } from '../models/reference.ts';
import { parseCaptureRule } from './capture-rule.ts';
import { deploymentObject } from './deployment.ts';
import { pipelineSpec } from './pipeline.ts';
import { selects } from './selector.ts';
import { siteSpec } from './site.ts';

describe('capture rules', () => {
  const keeps = (rule: string, label: string, confidence: number) =>
    parseCaptureRule(rule)?.({ label, confidence });

  it('compare confidence and label', () => {
    assert.equal(keeps('confidence < 0.8', '7', 0.79), true);
    assert.equal(keeps('confidence < 0.8', '7', 0.8), false);
    assert.equal(keeps('confidence >= 0.8', '7', 0.8), true);
    assert.equal(keeps('label == "7" and confidence < 0.9', '7', 0.5), true);
    assert.equal(keeps('label != "7"', '7', 0.5), false);
  });

  it('never match an answer without the value', () => {
    assert.equal(parseCaptureRule('confidence < 0.8')?.({}), false);
    assert.equal(parseCaptureRule('label != "7"')?.({}), false);
  });

  it('are refused when they are something else', () => {
    for (const text of [
      '',
      'confidence',
      'confidence < high',
      'score < 1',
      'confidence < 0.8 or label == "7"',
      'label == 7',
    ])
      assert.equal(parseCaptureRule(text), undefined, text);
  });
});

describe('selectors', () => {
  const labels = { role: 'meter', region: 'north' };

  it('hold when every requirement does', () => {
    assert.equal(selects({}, labels), true);
    assert.equal(selects({ matchLabels: { role: 'meter' } }, labels), true);
    assert.equal(selects({ matchLabels: { role: 'meter', region: 'south' } }, labels), false);
    assert.equal(
      selects({ matchExpressions: [{ key: 'region', operator: 'In', values: ['north', 'east'] }] }, labels),
      true,
    );
    assert.equal(
      selects({ matchExpressions: [{ key: 'region', operator: 'NotIn', values: ['north'] }] }, labels),
      false,
    );
    assert.equal(
      selects({ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, labels),
      true,
    );
    assert.equal(
      selects({ matchExpressions: [{ key: 'zone', operator: 'DoesNotExist', values: [] }] }, labels),
      true,
    );
    assert.equal(
      selects({ matchExpressions: [{ key: 'toString', operator: 'Exists', values: [] }] }, labels),
      false,
    );
  });
});

describe('model references', () => {
  it('name a version, an alias or a digest', () => {
    assert.deepEqual(parseModelReference('digits:4'), { name: 'digits', by: 'version', version: 4 });
    assert.deepEqual(parseModelReference('digits:champion'), {
      name: 'digits',
      by: 'alias',
      alias: 'champion',
    });
    const digest = `sha256:${'0'.repeat(64)}`;
    assert.deepEqual(parseModelReference(`digits@${digest}`), { name: 'digits', by: 'digest', digest });
  });

  it('are nothing else', () => {
    for (const text of [
      'digits',
      'digits:',
      'digits:0',
      'Digits:1',
      'digits@sha256:00',
      'a:b:c',
      'digits: 1',
    ])
      assert.equal(parseModelReference(text), undefined, text);
  });
});

describe('files', () => {
  const pipeline = {
    source: { http: {} },
    stages: [{ decode: { pixels: [8, 8] } }, { infer: { model: 'digits' } }],
    sinks: { hub: { outbox: {} } },
  };

  it('fill in what is left out', () => {
    const parsed = pipelineSpec.parse(pipeline);
    assert.deepEqual(parsed.source, { http: { maxInFlight: 64 } });
    assert.deepEqual(parsed.sinks, { hub: { outbox: { stream: 'result' } } });
    assert.deepEqual(siteSpec.parse({}), { timeZone: 'UTC', power: 'mains', network: 'wired' });
  });

  it('are strict: an unknown key is an error', () => {
    assert.equal(pipelineSpec.safeParse({ ...pipeline, sink: {} }).success, false);
    assert.equal(siteSpec.safeParse({ timezone: 'UTC' }).success, false);
    assert.equal(siteSpec.safeParse({ timeZone: 'Mars/Olympus' }).success, false);
  });

  it('let a file sink write nowhere but in its own folder', () => {
    const to = (path: string) =>
      pipelineSpec.safeParse({ ...pipeline, sinks: { file: { file: { path } } } }).success;
    assert.equal(to('shift/readings.jsonl'), true);
    for (const path of ['/etc/passwd', '../agent.db', 'a/../../b', 'a//b', '', '.ssh/keys', 'a\\b'])
      assert.equal(to(path), false, path);
  });

  it('let a deployment hold a part of a pipeline', () => {
    const parsed = deploymentObject.parse({
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'Deployment',
      metadata: { name: 'capture-more' },
      spec: {
        selector: { matchLabels: { role: 'meter' } },
        pipelines: { camera: { stages: pipeline.stages } },
      },
    });
    assert.equal(parsed.spec.priority, 0);
    assert.equal(parsed.spec.pipelines.camera?.source, undefined);
  });
});
