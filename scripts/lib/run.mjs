import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './root.mjs';

/**
 * Runs a program in the project's folder and waits for its end, passing signals on to it.
 *
 * SIGTERM and SIGHUP reach only this process when a supervisor sends them, so they are handed on.
 * Ctrl-C is different: a terminal sends SIGINT to the whole group, the child included, so it is
 * handed on only where no terminal is there to have done so.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]  default: this process's stdin, stdout and stderr
 * @returns {Promise<number>} the exit code; 128 + n where signal n ended the program
 */
export function run(program, args, options = {}) {
  const child = spawn(program, args, { cwd: root, stdio: 'inherit', ...options });
  const stopForwarding = forwardSignals(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  }).finally(stopForwarding);
}

function forwardSignals(child) {
  const forward = (signal) => child.kill(signal);
  const forwardInterrupt = () => hasTerminal() || child.kill('SIGINT');
  process.on('SIGTERM', forward).on('SIGHUP', forward).on('SIGINT', forwardInterrupt);
  return () => process.off('SIGTERM', forward).off('SIGHUP', forward).off('SIGINT', forwardInterrupt);
}

function hasTerminal() {
  return Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY);
}
