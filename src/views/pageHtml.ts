import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

export function pageOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [resources(extensionUri)] };
}

/**
 * The page of a bundle of dist/webview. The translations travel as a data attribute: no inline script is needed for them.
 */
export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri, bundle: string, title: string): string {
  const nonce = randomBytes(16).toString('base64');
  const resource = (name: string): string =>
    escapeAttribute(webview.asWebviewUri(vscode.Uri.joinPath(resources(extensionUri), name)).toString());
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeAttribute(vscode.env.language)}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="stylesheet" href="${resource(`${bundle}.css`)}">
    <title>${escapeAttribute(title)}</title>
  </head>
  <body data-l10n="${escapeAttribute(JSON.stringify(vscode.l10n.bundle ?? {}))}">
    <div id="root"></div>
    <script nonce="${nonce}" src="${resource(`${bundle}.js`)}"></script>
  </body>
</html>
`;
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

/** The only folder that a page may load from. */
function resources(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
}
