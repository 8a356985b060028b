/** The variables that the panel uses, with the values that VS Code's own four themes give them. */

export type ThemeName = 'dark' | 'light' | 'hc-dark' | 'hc-light';

export interface TestTheme {
  readonly bodyClass: string;
  readonly kind: string;
  readonly variables: Readonly<Record<string, string>>;
}

const fonts = {
  'font-family': '"Open Sans", "Noto Sans", "DejaVu Sans", sans-serif',
  'editor-font-family': '"JetBrains Mono", "DejaVu Sans Mono", monospace',
};

const order = [
  'foreground',
  'icon-foreground',
  'errorForeground',
  'focusBorder',
  'textLink-foreground',
  'editor-background',
  'editor-foreground',
  'editorLineNumber-foreground',
  'editorWhitespace-foreground',
  'editorWidget-background',
  'widget-border',
  'widget-shadow',
  'panel-border',
  'button-background',
  'button-foreground',
  'button-hoverBackground',
  'button-border',
  'button-secondaryBackground',
  'button-secondaryForeground',
  'button-secondaryHoverBackground',
  'dropdown-border',
  'inputOption-activeBackground',
  'inputOption-activeBorder',
  'inputOption-activeForeground',
  'list-hoverBackground',
  'list-inactiveSelectionBackground',
  'toolbar-hoverBackground',
  'badge-background',
  'badge-foreground',
  'progressBar-background',
  'charts-blue',
  'testing-iconPassed',
  'editorWarning-foreground',
  'inputValidation-warningBackground',
  'inputValidation-warningBorder',
  'contrastBorder',
  'contrastActiveBorder',
  'sideBar-background',
  'input-background',
  'input-foreground',
  'dropdown-background',
] as const;

function variables(values: string): Readonly<Record<string, string>> {
  const list = values.trim().split(/\s+/);
  const named = order.map((name, place) => [name, list[place] ?? '-'] as const).filter(([, value]) => value !== '-');
  return { ...fonts, ...Object.fromEntries(named) };
}

export const themes: Readonly<Record<ThemeName, TestTheme>> = {
  dark: {
    bodyClass: 'vscode-dark',
    kind: 'vscode-dark',
    variables: variables(`
      #cccccc #cccccc #f85149 #0078d4 #4daafc
      #1f1f1f #cccccc #6e7681 #e3e4e229
      #202020 #313131 #0000005c #2b2b2b
      #0078d4 #ffffff #026ec1 #ffffff12
      #313131 #cccccc #3c3c3c #3c3c3c
      #2489db82 #2488db #ffffff
      #2a2d2e #37373d #5a5d5e50
      #616161 #f8f8f8 #0078d4 #3794ff
      #73c991 #cca700
      #352a05 #b89500 - -
      #181818 #313131 #cccccc #313131`),
  },
  light: {
    bodyClass: 'vscode-light',
    kind: 'vscode-light',
    variables: variables(`
      #3b3b3b #3b3b3b #f85149 #005fb8 #005fb8
      #ffffff #3b3b3b #6e7681 #33333333
      #f8f8f8 #e5e5e5 #00000029 #e5e5e5
      #005fb8 #ffffff #0258a8 #0000001a
      #e5e5e5 #3b3b3b #cccccc #cecece
      #bed6ed #005fb8 #000000
      #f2f2f2 #e4e6f1 #b8b8b850
      #cccccc #3b3b3b #005fb8 #1a85ff
      #73c991 #bf8803
      #f6f5d2 #b89500 - -
      #f8f8f8 #ffffff #3b3b3b #ffffff`),
  },
  'hc-dark': {
    bodyClass: 'vscode-high-contrast',
    kind: 'vscode-high-contrast',
    variables: variables(`
      #ffffff #ffffff #f48771 #f38518 #21a6ff
      #000000 #ffffff #ffffff #7c7c7c
      #0c141f #6fc3df transparent #6fc3df
      #000000 #ffffff - #6fc3df
      - #ffffff - #6fc3df
      transparent #f38518 #ffffff
      - - -
      #000000 #ffffff #6fc3df #3794ff
      #73c991 #ffd370
      #000000 #6fc3df
      #6fc3df #f38518
      #000000 #000000 #ffffff #000000`),
  },
  'hc-light': {
    bodyClass: 'vscode-high-contrast vscode-high-contrast-light',
    kind: 'vscode-high-contrast-light',
    variables: variables(`
      #292929 #292929 #b5200d #006bbd #0f4a85
      #ffffff #292929 #292929 #cccccc
      #ffffff #0f4a85 transparent #0f4a85
      #0f4a85 #ffffff #0f4a85 #0f4a85
      #ffffff #292929 - #0f4a85
      transparent #006bbd #292929
      - - -
      #0f4a85 #ffffff #0f4a85 #1a85ff
      #007100 #895503
      #ffffff #0f4a85
      #0f4a85 #006bbd
      #ffffff #ffffff #292929 #ffffff`),
  },
};
