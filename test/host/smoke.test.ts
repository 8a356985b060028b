import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('extension', () => {
  it('is there', () => {
    assert.ok(vscode.extensions.getExtension('explain-attention.explain-attention'));
  });
});
