import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { processesOf } from './leftovers.ts';
import { openStage, type Stage, type Story } from './stage.ts';
import { until } from './until.ts';

const script = (stage: Stage, source: string, input?: string) =>
  stage.start({ name: 'script', command: process.execPath, args: ['-e', source], input });

describe('a stage', () => {
  it('runs a program with its input, and keeps what it says and how it ends', async (t) => {
    const stage = openStage(t);
    const program = script(
      stage,
      'process.stdin.on("data", (d) => console.log(String(d))).on("end", () => { console.error("bye"); process.exit(3) })',
      'a word',
    );
    assert.deepEqual(await program.exited, { code: 3, signal: null });
    assert.deepEqual(program.stdout, ['a word']);
    assert.deepEqual(program.stderr, ['bye']);
  });

  it('says why a line never came: the program ended', async (t) => {
    const stage = openStage(t);
    const program = script(stage, 'console.error("no port"); process.exit(7)');
    await assert.rejects(
      program.said((line) => line, 'that it is ready'),
      /script ended \(7\) before it said that it is ready:\n {4}err no port/,
    );
  });

  it('ends every program with the story, and kills one that does not listen', async () => {
    const { story, end } = shortStory();
    const stage = openStage(story);
    const deaf = script(
      stage,
      'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1e6)',
    );
    const meek = script(stage, 'console.log("up"); setInterval(() => {}, 1e6)');
    for (const program of [deaf, meek]) await program.said((line) => line === 'up' || undefined, 'up');
    await assert.rejects(deaf.stop(200), /script did not end within 0.2 s of SIGTERM/);
    await end();
    for (const { pid } of [deaf, meek]) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });

  it('fails a story that leaves another process behind, and ends that one too', async () => {
    const { story, end } = shortStory();
    const stage = openStage(story);
    const parent = script(
      stage,
      `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'],
         { detached: true, stdio: 'ignore' });
       child.unref(); console.log(child.pid)`,
    );
    const pid = await parent.said(Number, 'the process id of its child');
    await assert.rejects(end(), new RegExp(`left behind:\\n +${pid} `));
    await until(() => !processesOf(stage.folder).length, { what: 'the child is gone' });
  });
});

/** A story that ends when it is told to. */
function shortStory(): { story: Story; end: () => Promise<void> } {
  const work: (() => Promise<void>)[] = [];
  const story: Story = { name: 'a short story', passed: true, after: (one) => void work.push(one) };
  return {
    story,
    end: async () => {
      for (const one of work) await one();
    },
  };
}
