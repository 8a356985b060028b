export interface PathVariables {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * A path as the user wrote it, with `~`, `${userHome}` and `${env:NAME}` replaced, and without the quotes around it that
 * file managers copy. What is not known stays as it is, so that a message about the path shows it.
 */
export function expandPath(written: string, { home, environment }: PathVariables): string {
  return written
    .trim()
    .replace(/^"(.+)"$/, '$1')
    .replace(/^~(?=$|[/\\])/, () => home)
    .replace(/\$\{userHome\}/g, () => home)
    .replace(/\$\{env:([^}]+)\}/g, (variable, name: string) => environment[name] ?? variable);
}
