/** A path with the user's home folder in place of `~` at its beginning. */
export function expandHome(path: string, home: string): string {
  return path.replace(/^~(?=$|[/\\])/, () => home);
}

/**
 * A path as it is written in a setting: with `~`, `${userHome}` and `${env:NAME}`, and in the quotes that file managers
 * copy with it. What is not known stays as it is, so that a message about the path shows it.
 */
export function expandSetting(
  written: string,
  home: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const path = written
    .trim()
    .replace(/^"(.+)"$/, '$1')
    .replaceAll('${userHome}', home)
    .replace(/\$\{env:([^}]+)\}/g, (variable, name: string) => environment[name] ?? variable);
  return expandHome(path, home);
}
