import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Something that this machine lacks; the message says what to do about it. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';
}

/** @param {string} text */
export function say(text) {
  process.stdout.write(`› ${text}\n`);
}

/**
 * Runs a command quietly; its output is shown only when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>} what it wrote
 * @throws {SetupError}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    /** @type {string[]} */
    const output = [];
    child.stdout.on('data', (chunk) => output.push(String(chunk)));
    child.stderr.on('data', (chunk) => output.push(String(chunk)));
    child.on('error', (error) => reject(new SetupError(`${command} could not be started: ${error.message}`)));
    child.on('close', (code) => {
      const text = output.join('');
      if (code === 0) resolve(text);
      else reject(new SetupError(failureOf(`${command} ${args.join(' ')}`, text)));
    });
  });
}

/**
 * @param {string} commandLine
 * @param {string} output
 */
function failureOf(commandLine, output) {
  const offline = /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ENETUNREACH|Temporary failure resolving/.test(output);
  const advice = offline
    ? 'The network can’t be reached: check the connection or the proxy settings, then run the same command again.'
    : 'Its last lines above say why; run the same command again when that is mended.';
  return `${output.trim().split('\n').slice(-15).join('\n')}\n\n«${commandLine}» failed. ${advice}`;
}

/**
 * Runs a command in the foreground, its output going where ours goes.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} its exit code
 */
export function runInForeground(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/**
 * Calls `probe` until it gives something; undefined when `milliseconds` have passed.
 * @template T
 * @param {() => Promise<T | undefined>} probe
 * @param {number} milliseconds
 * @returns {Promise<T | undefined>}
 */
export async function poll(probe, milliseconds) {
  const deadline = Date.now() + milliseconds;
  while (Date.now() < deadline) {
    const found = await probe();
    if (found !== undefined) return found;
    await sleep(50);
  }
  return undefined;
}

/**
 * Runs a script's main function; what the user can mend is said without a stack trace.
 * @param {() => Promise<number>} main gives the exit code
 */
export async function runScript(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    const text = error instanceof SetupError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`\n${text}\n`);
    process.exitCode = 1;
  }
}
