// Runs the tests of this folder inside the extension host of a real VS Code: code-server, opened in headless Chromium.
// `--minimum` takes the oldest VS Code that package.json accepts.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCodeServer } from '../../scripts/codeServer.mjs';
import { root } from '../../scripts/setup/places.mjs';
import { runScript, say } from '../../scripts/setup/shell.mjs';
import { setUpVSCode, type VSCodeServer } from '../../scripts/setup/vscode.mjs';
import { remote, windowAddress } from '../support/address.ts';
import { launchBrowser } from '../support/browser.ts';
import { bundleHostTests, hostTests } from './bundle.ts';
import { printReport } from './report.ts';

const deadline = 5 * 60_000;

await runScript(async () => {
  const server = await setUpVSCode(process.argv.includes('--minimum') ? 'minimum' : 'current');
  await bundleHostTests();
  say(`In VS Code ${server.version}`);
  const folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-host-'));
  try {
    const complaint = await runInVSCode(server, folder);
    return await printReport(complaint);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** @returns what the window said if it did not say that all is well */
async function runInVSCode(server: VSCodeServer, folder: string): Promise<string | undefined> {
  const workspace = path.join(folder, 'workspace');
  await mkdir(workspace);
  const running = await startCodeServer(server, {
    profile: path.join(folder, 'profile'),
    extensions: path.join(folder, 'extensions'),
    options: server.automation,
  });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const log: string[] = [];
    page.on('console', (message) => log.push(message.text()));
    await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => log.push(args.join(' ')));
    const exit = new Promise<number>((resolve, reject) => {
      page.exposeFunction('codeAutomationExit', resolve).catch(reject);
    });
    await page.goto(
      windowAddress(running.port, workspace, {
        extensionDevelopmentPath: remote(running.port, root),
        extensionTestsPath: remote(running.port, path.join(hostTests, 'run')),
      }),
    );
    const code = await Promise.race([exit, sleep(deadline, undefined, { ref: false })]);
    return code === 0 ? undefined : `exit code ${String(code ?? 'none: time is up')}\n${log.slice(-40).join('\n')}`;
  } finally {
    await browser.close();
    running.stop();
  }
}
