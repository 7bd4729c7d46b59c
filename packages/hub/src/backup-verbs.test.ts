import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backupVerbs } from './backup-verbs.ts';

test('a backup is not sealed in two ways, of which one would not open it', async () => {
  const argv = ['a.age', '--data', '/nowhere', '--recipient', 'age1x', '--passphrase-file', '/nowhere/pass'];
  await assert.rejects(backupVerbs.backup!.act(argv), { code: 'BadUsage', message: /not by both/ });
});

test('a new epoch is begun in no other folder than the one that was typed', async () => {
  await assert.rejects(backupVerbs['new-epoch']!.act(['/nowhere/hub']), {
    code: 'BadUsage',
    message: /“\/nowhere\/hub” is not a flag/,
  });
});
