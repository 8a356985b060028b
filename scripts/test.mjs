// npm test [-- SUITE…]: installs what is missing, builds, runs the suites, and adds up what they counted.
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setUpChromium } from './setup/chromium.mjs';
import { setUpPackages } from './setup/packages.mjs';
import { out, root } from './setup/places.mjs';
import { run, runInForeground, runScript, say, SetupError } from './setup/shell.mjs';
import { setUpVSCode } from './setup/vscode.mjs';

/**
 * @typedef {object} Suite
 * @property {string} title
 * @property {readonly string[]} command what Node.js runs
 * @property {string} report file that the test runner leaves
 * @property {(report: string) => Counts} count
 */

/** @typedef {{ passed: number, failed: number }} Counts */
/** @typedef {{ stats: { passes: number, failures: number } }} MochaReport */
/** @typedef {{ numPassedTests: number, numFailedTests: number }} VitestReport */

/** @type {Readonly<Record<string, Suite>>} */
const suites = {
  unit: vitest('unit', 'Unit tests'),
  host: inExtensionHost('Tests inside VS Code’s extension host', []),
  minimum: inExtensionHost('The same in the oldest VS Code that is supported', ['--minimum']),
  e2e: vitest('e2e', 'End-to-end tests: VS Code in a browser'),
  vsix: vitest('vsix', 'End-to-end tests of the packed extension'),
};

/**
 * @param {string} title
 * @param {readonly string[]} options
 * @returns {Suite}
 */
function inExtensionHost(title, options) {
  return {
    title,
    command: ['--import', './scripts/typescript.mjs', 'test/host/main.ts', ...options],
    report: path.join(out, 'host', 'report.json'),
    count: (report) => {
      const { stats } = /** @type {MochaReport} */ (JSON.parse(report));
      return { passed: stats.passes, failed: stats.failures };
    },
  };
}

/**
 * @param {string} project
 * @param {string} title
 * @returns {Suite}
 */
function vitest(project, title) {
  const report = path.join(out, 'reports', `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return {
    title,
    command: ['node_modules/vitest/vitest.mjs', 'run', '--project', project, ...reporters],
    report,
    count: (report) => {
      const { numPassedTests, numFailedTests } = /** @type {VitestReport} */ (JSON.parse(report));
      return { passed: numPassedTests, failed: numFailedTests };
    },
  };
}

await runScript(async () => {
  process.chdir(root);
  const names = process.argv.slice(2);
  const chosen = (names.length > 0 ? names : Object.keys(suites)).map((name) => {
    const suite = suites[name];
    if (!suite) throw new SetupError(`There is no suite «${name}»; there are ${Object.keys(suites).join(', ')}.`);
    return suite;
  });
  await setUpPackages();
  await setUpChromium();
  await setUpVSCode();
  say('Building the extension');
  await run(process.execPath, ['scripts/build.mjs', '--production']);

  const counts = [];
  for (const suite of chosen) counts.push(await runSuite(suite));
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
});

/**
 * Counts what the suite's report says. A suite that ended badly or counted nothing has failed at least once: a file that
 * can't be loaded fails without a test of its own.
 * @param {Suite} suite
 * @returns {Promise<Counts>}
 */
async function runSuite(suite) {
  const started = Date.now();
  say(suite.title);
  await rm(suite.report, { force: true });
  const exitCode = await runInForeground(process.execPath, suite.command);
  const report = await readFile(suite.report, 'utf8').catch(() => undefined);
  const { passed, failed } = report ? suite.count(report) : { passed: 0, failed: 0 };
  const somethingFailed = exitCode !== 0 || passed === 0;
  const counts = { passed, failed: failed === 0 && somethingFailed ? 1 : failed };
  say(
    `${suite.title}: ${counts.passed} passed, ${counts.failed} failed, ${Math.round((Date.now() - started) / 1000)} s`,
  );
  return counts;
}
