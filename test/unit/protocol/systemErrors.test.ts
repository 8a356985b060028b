import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { systemReason } from '../../../src/protocol/systemErrors.ts';

function coded(code: string, message = ''): Error {
  return Object.assign(new Error(message), { code });
}

test('errors of Node.js', async () => {
  const of = (file: string) => readFile(file).catch(systemReason);
  expect(await of('no such file')).toBe('there is no such file or folder');
  expect(await of('test')).toBe('it is a folder and not a file');
  expect(await of('package.json/x')).toBe('a part of its path is a file and not a folder');
  expect(await of('x'.repeat(300))).toBe('its name is too long');
  expect(await of('a\0b')).toBe('its path holds a character that no path may hold');
});

test.each([
  [coded('ENOSPC'), 'the disk is full'],
  [coded('EPERM'), 'you have no permission for it'],
  [coded('NoPermissions', 'EACCES: permission denied, open'), 'you have no permission for it'],
  [
    coded('Unknown', "Unable to write file 'x' (Unknown (FileSystemError): Error: ENOSPC: no space left)"),
    'the disk is full',
  ],
  [coded('EUNHEARD'), 'the system refuses it (EUNHEARD)'],
])('%s: %s', (error, reason) => {
  expect(systemReason(error)).toBe(reason);
});

test.each([
  [new TypeError('x is not a function')],
  [new Error('of ours about /models/ENOENT')],
  ['ENOENT'],
  [undefined],
])('no error of the system: %s', (error) => {
  expect(systemReason(error)).toBeUndefined();
});
