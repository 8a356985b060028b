/**
 * Address of a VS Code window.
 * @param folder absolute path of the folder to open
 * @param payload what the window is told at its start, see {@link remote} for paths in it
 */
export function windowAddress(port: number, folder: string, payload: Readonly<Record<string, string>> = {}): string {
  const entries = Object.entries({ skipWelcome: 'true', ...payload });
  const query = new URLSearchParams({ folder, payload: JSON.stringify(entries) });
  return `http://localhost:${String(port)}/?${query.toString()}`;
}

/** An absolute path as the window has to be told it: its authority is that of the page. */
export function remote(port: number, path: string): string {
  return `vscode-remote://localhost:${String(port)}${path}`;
}
