import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { SkerryError } from '../errors.ts';
import { memoryDisk } from '../testing/index.ts';
import { type ConfigInput, configHelp, configKeys, resolveConfig, withConfigFile } from './index.ts';

const seconds = z
  .string()
  .regex(/^\d+s$/, 'must be a duration such as 30s')
  .transform((text) => Number.parseInt(text, 10) * 1000);
const kibibytes = z
  .string()
  .regex(/^\d+Ki$/, 'must be a size such as 4Ki')
  .transform((text) => Number.parseInt(text, 10) * 1024);

const keys = configKeys({
  dataFolder: { type: z.string(), default: './data', help: 'where everything is kept' },
  port: { type: z.number().int().min(0).max(65_535), default: 8080, help: 'where people connect' },
  quota: { type: kibibytes, default: '1Ki', help: 'most bytes to keep' },
  every: { type: seconds, default: '1s', help: 'how often to look' },
  verbose: { type: z.boolean(), default: false, help: 'say more' },
  hosts: { type: z.array(z.string()), default: [], help: 'names to answer to', flag: 'host' },
  adminToken: { type: z.string().optional(), secret: true, help: 'the token of the first admin' },
});

const resolve = (input: Partial<ConfigInput> = {}) =>
  resolveConfig(keys, { argv: [], env: {}, envPrefix: 'SKERRY_HUB', ...input });

function faultsOf(input: Partial<ConfigInput>): string {
  try {
    resolve(input);
  } catch (error) {
    assert.ok(error instanceof SkerryError && error.code === 'InvalidConfig');
    return error.detail;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

test('defaults stand where nobody says otherwise', () => {
  const { values, sources } = resolve();
  const port: number = values.port;
  const token: string | undefined = values.adminToken;
  assert.deepEqual([port, token, values.hosts, values.verbose], [8080, undefined, [], false]);
  assert.equal(sources.port, 'default');
});

test('flag before environment before file', () => {
  const file = { path: 'hub.yaml', values: { port: 1, quota: '1Ki', verbose: true } };
  const env = { SKERRY_HUB_PORT: '2', SKERRY_HUB_QUOTA: '2Ki' };
  const { values, sources } = resolve({ file, env, argv: ['--port', '3'] });
  assert.deepEqual([values.port, values.quota, values.verbose], [3, 2048, true]);
  assert.deepEqual(
    [sources.port, sources.quota, sources.verbose, sources.every],
    ['flag', 'environment', 'file', 'default'],
  );
});

test('flags as people write them', () => {
  const argv = [
    'run',
    '--data-folder=/a=b',
    '--verbose',
    '--host',
    'x',
    '--host',
    'y',
    '--every',
    '90s',
    '--',
    '--z',
  ];
  const { values, rest } = resolve({ argv });
  assert.deepEqual(rest, ['run', '--z']);
  assert.deepEqual([values.dataFolder, values.verbose, values.every], ['/a=b', true, 90_000]);
  assert.deepEqual(values.hosts, ['x', 'y']);
  assert.equal(resolve({ argv: ['--no-verbose'], env: { SKERRY_HUB_VERBOSE: 'yes' } }).values.verbose, false);
  assert.deepEqual(resolve({ argv: ['--host', 'x'] }).values.hosts, ['x']);
  assert.deepEqual(resolve({ env: { SKERRY_HUB_HOSTS: 'x, y' } }).values.hosts, ['x', 'y']);
});

test('unknown names are refused everywhere, with the right one', () => {
  assert.match(faultsOf({ argv: ['--prot', '1'] }), /unknown flag --prot \(did you mean "port"\?\)/);
  assert.match(
    faultsOf({ env: { SKERRY_HUB_QUOTTA: '1' } }),
    /SKERRY_HUB_QUOTTA \(did you mean "SKERRY_HUB_QUOTA"/,
  );
  const file = { path: 'hub.yaml', values: { datafolder: 'x' } };
  assert.match(faultsOf({ file }), /hub\.yaml: unknown key datafolder \(did you mean "dataFolder"\?\)/);
  assert.equal(resolve({ env: { SKERRY_AGENT_STATE: 'x', HOME: '/root' } }).values.port, 8080);
});

test('wrong values are named with where they came from, all at once', () => {
  const faults = faultsOf({ argv: ['--port', 'http'], env: { SKERRY_HUB_QUOTA: 'much' } });
  assert.match(faults, /--port: expected number.*got "http"/);
  assert.match(faultsOf({ argv: ['--port', '70000'] }), /--port: Too big: .*65535, got "70000"/);
  assert.match(faults, /SKERRY_HUB_QUOTA: must be a size.*got "much"/);
  assert.match(faultsOf({ argv: ['--port'] }), /--port needs a value/);
  assert.match(faultsOf({ file: { path: 'hub.yaml', values: ['port'] } }), /does not hold settings/);
});

test('a secret is no flag, and is shown nowhere', () => {
  const refused = faultsOf({ argv: ['--admin-token=hunter2'] });
  assert.match(refused, /--admin-token is a secret/);
  assert.doesNotMatch(refused, /hunter2/);
  const strict = configKeys({ secret: { type: z.string().min(30), secret: true, help: 'x' } });
  const env = { P_SECRET: 'hunter2' };
  assert.throws(
    () => resolveConfig(strict, { argv: [], env, envPrefix: 'P' }),
    (error: Error) => /P_SECRET/.test(error.message) && !/hunter2/.test(JSON.stringify(error)),
  );
});

test('what has no default and no value is asked for', () => {
  const needed = configKeys({ state: { type: z.string(), help: 'the state folder' } });
  assert.throws(
    () => resolveConfig(needed, { argv: [], env: {}, envPrefix: 'P' }),
    /--state \(or P_STATE\): is required/,
  );
});

test('help names every setting within 80 columns', () => {
  const help = configHelp(keys, {
    usage: 'skerry hub run',
    summary: 'Runs the hub.',
    envPrefix: 'SKERRY_HUB',
  });
  assert.match(help, /--data-folder VALUE {5}where everything is kept/);
  assert.match(help, /SKERRY_HUB_ADMIN_TOKEN/);
  assert.doesNotMatch(help, /--admin-token/);
  for (const line of help.split('\n')) assert.ok(line.length <= 80, line);
});

test('a file is named by flag or variable, and read as YAML', async () => {
  const disk = memoryDisk();
  await disk.writeAtomic('/hub.yaml', 'port: 7\nquota: 2Ki\n');
  const env = { SKERRY_HUB_QUOTA: '3Ki' };
  for (const argv of [['--config', '/hub.yaml'], ['--config=/hub.yaml']]) {
    const input = await withConfigFile({ argv, env, envPrefix: 'SKERRY_HUB' }, disk);
    const { values, sources } = resolveConfig(keys, input);
    assert.deepEqual([values.port, values.quota], [7, 3072]);
    assert.deepEqual([sources.port, sources.quota], ['file', 'environment']);
  }
  const named = { argv: [], env: { SKERRY_HUB_CONFIG: '/hub.yaml' }, envPrefix: 'SKERRY_HUB' };
  assert.equal(resolveConfig(keys, await withConfigFile(named, disk)).values.port, 7);
  await disk.writeAtomic('/bad.yaml', 'port: 7\nprot: 8\n');
  const bad = await withConfigFile(
    { argv: ['--config', '/bad.yaml'], env: {}, envPrefix: 'SKERRY_HUB' },
    disk,
  );
  assert.throws(() => resolveConfig(keys, bad), /unknown key prot \(did you mean "port"\?\)/);
});
