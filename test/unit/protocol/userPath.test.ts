import { expect, test } from 'vitest';
import { expandHome, expandSetting } from '../../../src/protocol/userPath.ts';

const home = '/home/ann';
const environment = { MODELS: '/data/models', DOLLAR: '$&' };

test.each([
  ['~', '/home/ann'],
  ['~/models/x', '/home/ann/models/x'],
  ['~\\models', '/home/ann\\models'],
  ['~bob/models', '~bob/models'],
  ['./~/x', './~/x'],
  ['/a/~', '/a/~'],
])('home: %s is %s', (written, expected) => {
  expect(expandHome(written, home)).toBe(expected);
  expect(expandSetting(written, home, environment)).toBe(expected);
});

test.each([
  ['${userHome}/x', '/home/ann/x'],
  ['${env:MODELS}/x', '/data/models/x'],
  ['${env:MODELS}/${env:MODELS}', '/data/models//data/models'],
  ['${env:DOLLAR}', '$&'],
  ['${env:NOWHERE}/x', '${env:NOWHERE}/x'],
  ['${workspaceFolder}/x', '${workspaceFolder}/x'],
  ['"C:\\My models\\x"', 'C:\\My models\\x'],
  ['"~/My models"', '/home/ann/My models'],
  ['  /a/b  ', '/a/b'],
  ['', ''],
])('a setting: %s is %s', (written, expected) => {
  expect(expandSetting(written, home, environment)).toBe(expected);
});
