// npm run package: builds and packs the extension for this platform as a VSIX, and says its size.
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setUpPackages } from './setup/packages.mjs';
import { out, root } from './setup/places.mjs';
import { run, runScript, say, SetupError } from './setup/shell.mjs';

/** The most that the VSIX may hold besides the bundled model. */
const budgetMegabytes = 40;

await runScript(async () => {
  process.chdir(root);
  await setUpPackages();
  say('Building for production');
  await run(process.execPath, ['scripts/build.mjs', '--production']);
  const target = `${process.platform}-${process.arch}`;
  const file = path.join(out, `explain-attention-${target}.vsix`);
  say('Packing');
  const options = ['--target', target, '--no-dependencies', '--no-rewrite-relative-links', '--out', file];
  const vsce = ['node_modules/@vscode/vsce/vsce', 'package', ...options];
  await mkdir(out, { recursive: true });
  await run(process.execPath, vsce);
  const size = megabytes((await stat(file)).size);
  const model = megabytes(await sizeOf(path.join(root, 'models', 'default')));
  say(`${path.relative(root, file)}: ${size.toFixed(1)} MB, at most ${model.toFixed(1)} MB of it the bundled model`);
  if (size - model > budgetMegabytes) throw new SetupError(`Without the model it may have ${budgetMegabytes} MB.`);
  return 0;
});

/** @param {number} bytes */
function megabytes(bytes) {
  return bytes / 1e6;
}

/**
 * @param {string} folder
 * @returns {Promise<number>} bytes of all its files
 */
async function sizeOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (entry) => (await stat(path.join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
