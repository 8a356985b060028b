// Runs the tests of this folder inside the extension host of a real VS Code: code-server, opened in headless Chromium.
// `--minimum` takes the oldest VS Code that package.json accepts.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCodeServer } from '../../scripts/codeServer.mjs';
import { root } from '../../scripts/setup/places.mjs';
import { runScript, say, SetupError } from '../../scripts/setup/shell.mjs';
import { setUpVSCode } from '../../scripts/setup/vscode.mjs';
import { remote, windowAddress } from '../support/address.ts';
import { launchBrowser } from '../support/browser.ts';
import { bundleHostTests, hostTests } from './bundle.ts';

const deadline = 5 * 60_000;

/** What mocha's `json` reporter writes, as far as it is read here. */
interface MochaReport {
  readonly stats: { readonly passes: number; readonly failures: number };
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly stack?: string } }[];
}

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
async function runInVSCode(
  server: Awaited<ReturnType<typeof setUpVSCode>>,
  folder: string,
): Promise<string | undefined> {
  const workspace = path.join(folder, 'workspace');
  await mkdir(workspace);
  const running = await startCodeServer(server, {
    profile: path.join(folder, 'profile'),
    extensions: path.join(folder, 'extensions'),
    automation: true,
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

async function printReport(complaint: string | undefined): Promise<number> {
  const text = await readFile(path.join(hostTests, 'report.json'), 'utf8').catch(() => {
    throw new SetupError(`The tests in VS Code left no report. VS Code said: ${complaint ?? 'nothing'}`);
  });
  const report = JSON.parse(text) as MochaReport;
  for (const { fullTitle, err } of report.failures) process.stdout.write(`\n✗ ${fullTitle}\n${err.stack ?? ''}\n`);
  const { passes, failures } = report.stats;
  process.stdout.write(`\n${String(passes)} passed, ${String(failures)} failed\n`);
  return failures === 0 && passes > 0 ? 0 : 1;
}
