import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lifetime } from './lifetime.ts';
import { manualClock } from './testing/manual-clock.ts';
import { recordingLogger } from './testing/recording-logger.ts';

function bench() {
  const clock = manualClock();
  const logger = recordingLogger();
  const said: string[] = [];
  const life = lifetime({ clock, logger });
  const part = (name: string) =>
    life.start(
      name,
      () => {
        said.push(`+${name}`);
        return name;
      },
      (it) => void said.push(`-${it}`),
    );
  return { clock, logger, life, said, part };
}

test('starts in order, stops in reverse, once', async () => {
  const { life, said, part } = bench();
  assert.equal(await part('store'), 'store');
  await part('api');
  await Promise.all([life.stop(), life.stop()]);
  assert.deepEqual(said, ['+store', '+api', '-api', '-store']);
  await assert.rejects(part('late'), /late was to start/);
});

test('when one does not start, those before it are stopped and its error is thrown', async () => {
  const { life, said, part } = bench();
  await part('store');
  const failing = life.start(
    'api',
    () => Promise.reject(new Error('port taken')),
    () => void said.push('-api'),
  );
  await assert.rejects(failing, /port taken/);
  assert.deepEqual(said, ['+store', '-store']);
});

test('one that does not stop holds up the others no longer than its deadline', async () => {
  const { clock, life, logger, said, part } = bench();
  await part('store');
  await life.start(
    'stuck',
    () => {},
    () => new Promise(() => {}),
    { stopMs: 50 },
  );
  await life.start(
    'broken',
    () => {},
    () => {
      throw new Error('oops');
    },
  );
  const stopped = assert.rejects(life.stop(), /did not stop cleanly: broken, stuck/);
  await clock.advance(50);
  await stopped;
  assert.equal(said.at(-1), '-store');
  assert.deepEqual(
    logger.lines.map(({ fields }) => fields.part),
    ['broken', 'stuck'],
  );
});

test('what was starting when the stop came is stopped too', async () => {
  const { life, said } = bench();
  const { promise, resolve } = Promise.withResolvers<string>();
  const starting = assert.rejects(
    life.start(
      'slow',
      () => promise,
      (it) => void said.push(`-${it}`),
    ),
    /stopping/,
  );
  await life.stop();
  resolve('slow');
  await starting;
  assert.deepEqual(said, ['-slow']);
});
