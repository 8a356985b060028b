// npm run bench [-- NAME…]: builds and runs the benchmarks, which print their figures as Markdown.
import { access, copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from '../scripts/setup/places.mjs';
import { run, runInForeground, runScript, say } from '../scripts/setup/shell.mjs';

const work = path.join(root, '.cache', 'bench');
const python = path.join(work, 'python', 'bin', 'python');
const gpt2 = path.join(work, 'gpt2-small');

/** Arguments of each benchmark. */
const benchmarks = {
  model: async () => ['models/default'],
  explain: async () => ['--python', await setUpPython(), 'models/default', await gpt2Small()],
  generate: async () => ['--python', await setUpPython(), 'models/default', await gpt2Small()],
  inspect: async () => ['models/default'],
  map: async () => [
    '--python',
    await setUpPython(),
    '--bertviz',
    await setUpBertViz(),
    'models/default',
    await gpt2Small(),
  ],
  runtime: async () => ['models/default', await gpt2Small()],
  kernels: async () => [],
  vscode: async () => [],
};

await runScript(async () => {
  process.chdir(root);
  const names = process.argv.slice(2);
  await run(process.execPath, ['scripts/build.mjs', '--production']);
  for (const [name, options] of Object.entries(benchmarks)) {
    if (names.length > 0 && !names.includes(name)) continue;
    say(`Benchmark: ${name}`);
    const file = await bundle(name);
    const exitCode = await runInForeground(process.execPath, [
      '--import',
      './scripts/typescript.mjs',
      file,
      ...(await options()),
    ]);
    if (exitCode !== 0) return exitCode;
  }
  return 0;
});

/** Benchmarks of the engine are bundled as the model process is; those that drive VS Code run as they are. */
async function bundle(name) {
  if (name === 'vscode') return `bench/${name}.ts`;
  const outfile = path.join(root, 'out', 'bench', `${name}.mjs`);
  await build({
    entryPoints: [`bench/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['onnxruntime-node', 'onnxruntime-web', 'tokenizers'],
    alias: { sharp: path.join(root, 'src/model/runtime/noImages.ts') },
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return outfile;
}

/** The Python that the peers run in: with the packages of the test vectors, in a place of its own. */
async function setUpPython() {
  if (await exists(python)) return python;
  say('Installing PyTorch and transformers for the comparison (once, some minutes)');
  await run('python3', ['-m', 'venv', path.dirname(path.dirname(python))]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '-r', 'test/vectors/requirements.txt']);
  return python;
}

/** BertViz beside what the peers run in. */
async function setUpBertViz() {
  const command = await setUpPython();
  const installed = await run(command, ['-c', 'import bertviz']).then(
    () => true,
    () => false,
  );
  if (!installed) await run(command, ['-m', 'pip', 'install', '--quiet', 'bertviz==1.4.1']);
  return command;
}

/** A model of GPT-2 small's shape, with any tokenizer: it has to have one. */
async function gpt2Small() {
  if (!(await exists(path.join(gpt2, 'config.json')))) {
    say('Exporting a model of GPT-2 small’s shape');
    await run(await setUpPython(), ['bench/gpt2_small.py', gpt2]);
  }
  await copyFile('test/vectors/gpt2/tokenizer.json', path.join(gpt2, 'tokenizer.json'));
  await writeFile(path.join(gpt2, 'tokenizer_config.json'), '{"tokenizer_class":"GPT2Tokenizer"}');
  return gpt2;
}

async function exists(file) {
  return access(file).then(
    () => true,
    () => false,
  );
}
