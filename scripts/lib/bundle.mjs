import { existsSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import * as esbuild from 'esbuild';
import { entriesOf } from './entries.mjs';
import { importChain } from './import-chain.mjs';
import { root } from './root.mjs';

const packages = ['hub', 'agent', 'runtime', 'cli'];

/** What stays in node_modules: native code, or a program of its own. */
const external = ['onnxruntime-node', 'sharp', 'pg-native', '@electric-sql/pglite'];

/** What would make a process on a small device larger than it has to be: at all, or unless it is loaded when it is wanted. */
const unwanted = {
  agent: {
    never: ['fastify', '@peculiar/x509', 'commander', ...external],
    atStart: ['yaml', 'mqtt'],
  },
  runtime: {
    never: ['fastify', '@peculiar/x509', 'mqtt', 'commander'],
    atStart: ['sharp', '@grpc/grpc-js'],
  },
};

/** Entries whose process ends within a second, so that its size troubles nobody. */
const shortLived = ['certificate-child.ts'];

/** CommonJS dependencies inside an ES module call `require`, which a module does not have. */
const requireBanner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** Skerry's errors are its own, and zod's are in English beneath them: its other fifty languages cost 290 KB a process. */
const englishAlone = {
  name: 'english alone',
  setup(build) {
    const contents = "export { default as en } from './en.js';";
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents,
      loader: 'js',
    }));
  },
};

/**
 * Builds what is shipped and measured: `dist/{hub,agent,runtime,cli}/main.mjs`, their threads and
 * children beside them (where the kit's `entryUrl` finds them), and `dist/skerry.mjs`.
 *
 * @throws {Error} if an entry is missing, or a bundle holds what it must not
 */
export async function build() {
  await rm(join(root, 'dist'), { recursive: true, force: true });
  await Promise.all(packages.map(buildPackage));
  await writeCommand();
}

async function buildPackage(name) {
  const source = join(root, 'packages', name, 'src');
  if (!existsSync(join(source, 'main.ts')))
    throw new Error(`packages/${name}/src/main.ts is missing: there is nothing to build.`);
  const entryPoints = entriesOf(source);
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    outdir: join(root, 'dist', name),
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['source'],
    external,
    plugins: [englishAlone],
    banner: { js: requireBanner },
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'external',
    metafile: true,
    logLevel: 'warning',
  });
  refuseUnwanted(name, metafile, Object.values(entryPoints));
}

function refuseUnwanted(name, metafile, entryPoints) {
  const entries = entryPoints
    .filter((path) => !shortLived.includes(basename(path)))
    .map((path) => relative(root, path));
  const refuse = (one, atStart) => {
    const chain = importChain(metafile, entries, one, atStart);
    if (!chain) return;
    const loads = atStart ? `loads ${one} as it starts` : `holds ${one}`;
    throw new Error(`dist/${name} ${loads}, which is too much for a small device: ${chain.join(' → ')}`);
  };
  for (const one of unwanted[name]?.never ?? []) refuse(one, false);
  for (const one of unwanted[name]?.atStart ?? []) refuse(one, true);
}

/** The command as a file that a shell can run; the rest of it is `dist/cli/main.mjs`. */
async function writeCommand() {
  const file = join(root, 'dist/skerry.mjs');
  const shebang = '#!/usr/bin/env -S node --disable-warning=ExperimentalWarning';
  await writeFile(file, `${shebang}\nimport './cli/main.mjs';\n`);
  await chmod(file, 0o755);
}
