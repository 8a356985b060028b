// Builds one bundle per process and per webview into dist/. `--production` minifies, `--watch` keeps building.
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { build, context } from 'esbuild';
import { root } from './setup/places.mjs';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  logLevel: 'warning',
};

/** Native code stays outside the bundle; images are never processed, so sharp is left out. */
const runtime = {
  external: ['onnxruntime-node', 'tokenizers'],
  alias: { sharp: path.join(root, 'src/model/runtime/noImages.ts') },
};

/**
 * Keeps the code behind the extension's entry in a bundle of its own: activation reads the entry alone.
 * @type {import('esbuild').Plugin}
 */
const hostApart = {
  name: 'host apart',
  setup: (build) => build.onResolve({ filter: /^\.\/host\.ts$/ }, () => ({ path: './host.js', external: true })),
};

/** @type {import('esbuild').BuildOptions[]} */
const bundles = [
  {
    ...common,
    entryPoints: { extension: 'src/extension.ts', host: 'src/host.ts' },
    outdir: 'dist',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
    plugins: [hostApart],
    // VS Code gives its API to what is required.
    supported: { 'dynamic-import': false },
  },
  {
    ...common,
    ...runtime,
    entryPoints: { modelProcess: 'src/model/processEntry.ts', cli: 'src/cli/main.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  },
  {
    ...common,
    entryPoints: {
      panel: 'webview-ui/panel/main.tsx',
      generation: 'webview-ui/generation/main.tsx',
      compare: 'webview-ui/compare/main.tsx',
    },
    outdir: 'dist/webview',
    platform: 'browser',
    target: 'chrome128',
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
  },
];

/** What follows platform and processor in the name of the tokenizers' binary; ONNX Runtime needs glibc too. */
const abi = process.platform === 'linux' ? '-gnu' : process.platform === 'win32' ? '-msvc' : '';

/** Copies native code for this platform beside the bundles, so that the packed extension needs no node_modules. */
async function copyRuntime() {
  const parts = [
    ...['onnxruntime-node', 'onnxruntime-common'].flatMap((name) => [`${name}/package.json`, `${name}/dist`]),
    path.join('onnxruntime-node', 'bin', 'napi-v6', process.platform, process.arch),
    ...['package.json', 'index.js', `tokenizers.${process.platform}-${process.arch}${abi}.node`].map(
      (file) => `tokenizers/${file}`,
    ),
  ];
  for (const part of parts) {
    await cp(path.join('node_modules', part), path.join('dist', 'node_modules', part), {
      recursive: true,
      filter: (file) => !/\.(map|d\.ts)$/.test(file),
    });
  }
}

process.chdir(root);
await rm('dist', { recursive: true, force: true });
await copyRuntime();
if (watch) {
  for (const bundle of bundles) await (await context(bundle)).watch();
} else {
  await Promise.all(bundles.map((bundle) => build(bundle)));
}
