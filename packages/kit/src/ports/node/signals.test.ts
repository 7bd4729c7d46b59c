import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodeProcesses } from './processes.ts';

test('the first signal asks to stop, the second ends the process at once', async () => {
  const module = fileURLToPath(new URL('./signals.ts', import.meta.url));
  const script = `
    const { stopOnSignals } = await import(${JSON.stringify(module)});
    stopOnSignals((signal) => console.log('stopping on', signal));
    setInterval(() => {}, 1000);
    console.log('ready');`;
  const lines: string[] = [];
  const output = {
    lines(line: string) {
      lines.push(line);
      child?.kill('SIGTERM');
    },
  };
  let child: Awaited<ReturnType<ReturnType<typeof nodeProcesses>['spawn']>> | undefined;
  child = await nodeProcesses().spawn(process.execPath, ['--input-type=module', '-e', script], { output });
  assert.deepEqual(await child.exited, { code: 130, signal: null });
  assert.deepEqual(lines, ['ready', 'stopping on SIGTERM']);
});
