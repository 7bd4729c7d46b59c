/** The rules of the house as data; `check.ts` applies them and `architecture.test.ts` holds the project to them. */

/** What each package may import of ours. Tests may import the testkit besides. */
export const mayImport: Record<string, readonly string[]> = {
  contracts: [],
  kit: [],
  runtime: ['contracts', 'kit'],
  agent: ['contracts', 'kit'],
  hub: ['contracts', 'kit'],
  sdk: ['contracts'],
  cli: ['sdk', 'contracts', 'kit'],
  testkit: ['contracts', 'kit', 'runtime', 'agent', 'hub', 'sdk', 'cli'],
  e2e: ['testkit', 'sdk', 'contracts', 'kit'],
  bench: ['testkit', 'sdk', 'contracts', 'kit'],
};

/** Packages whose every effect enters by a port, so that a whole fleet runs on a simulated clock, link and disk. */
export const simulated: readonly string[] = ['agent', 'hub'];

/** What only a port's implementation may touch there, each with what to use instead. */
export const effects: Record<string, string> = {
  'Date.now': 'the Clock port',
  'new Date()': 'the Clock port, or `new Date(millis)`',
  setTimeout: 'the Clock port',
  setInterval: 'the Clock port',
  setImmediate: 'the Clock port',
  'Math.random': 'the Random port',
  'crypto.randomUUID': 'the Random port, or the kit’s uuidv7',
};

/** Modules, and names of modules, that are effects. */
export const effectModules: Record<string, string> = {
  'node:fs': 'the Disk port',
  'node:fs/promises': 'the Disk port',
  'node:timers': 'the Clock port',
  'node:timers/promises': 'the Clock port',
};
export const effectNames: Record<string, string> = { randomUUID: 'the Random port, or the kit’s uuidv7' };

/** Folders of the hub that every feature may use; all others are features, which share a read model and nothing else. */
export const hubShared: readonly string[] = ['api', 'broker', 'db', 'devices-port', 'ports', 'turns'];
export const hubSeam = 'read-model.ts';

/** Where a feature needs more of another one than to read it: `from → to`, and why it has to. */
export const hubExceptions: Record<string, string> = {
  'installation → projects/store.ts':
    'the first start makes the project `default` as it marks the hub as installed',
  'link → identity/hub-certificate.ts': 'desired state is signed with the key of the hub’s certificate',
  'link → telemetry/tables.ts': 'what a device delivers is written in the transaction that acknowledges it',
};

/** Names that gather what belongs elsewhere. */
export const drawers: readonly string[] = [
  'lib',
  'libs',
  'utils',
  'util',
  'helpers',
  'common',
  'misc',
  'shared',
];

/** Words that tie the project to one machine or to one registry; in pieces, so that this file does not match itself. */
export const machineWords: readonly RegExp[] = [
  new RegExp(['(?<![\\w.~-])', '/(?:work|farm|root|home/\\w+|Users/\\w+)', '/'].join('')),
  new RegExp(['registry\\.', 'npmjs', '\\.org'].join('')),
  new RegExp(['registry\\.', 'yarnpkg', '\\.com'].join('')),
  new RegExp(['proxy\\.', 'golang', '\\.org'].join('')),
  new RegExp(['files\\.python', 'hosted', '\\.org'].join('')),
];
