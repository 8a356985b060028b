// Runs the tests of this folder in a desktop VS Code, which @vscode/test-electron downloads into .vscode-test.
import { tmpdir } from 'node:os';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { root } from '../../scripts/setup/places.mjs';
import { runScript, SetupError } from '../../scripts/setup/shell.mjs';
import { bundleHostTests, hostTests } from './bundle.ts';
import { printReport } from './report.ts';

await runScript(async () => {
  const vscodeExecutablePath = await downloadAndUnzipVSCode().catch((error: unknown) => {
    throw new SetupError(
      `A desktop VS Code can’t be downloaded here: ${String(error)}\n` +
        '«npm run test:host» runs the same tests in a VS Code that comes through npm.',
    );
  });
  await bundleHostTests();
  const workspace = await mkdtemp(path.join(tmpdir(), 'explain-attention-desktop-'));
  try {
    const complaint = await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: root,
      extensionTestsPath: path.join(hostTests, 'run'),
      launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust', '--skip-welcome'],
    }).then(() => undefined, String);
    return await printReport(complaint);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
});
