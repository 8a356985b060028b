import { signal, type ReadonlySignal } from '@preact/signals';
import { buildRamp, type Ramp } from './ramp.ts';

/** The theme's colours and fonts as the canvases need them. */
export interface Theme {
  readonly ramp: Ramp;
  readonly background: string;
  readonly foreground: string;
  readonly pin: string;
  readonly pinInk: string;
  readonly edge: string;
  readonly highContrast: boolean;
  readonly labelFont: string;
  readonly valueFont: string;
}

/** Follows the theme that VS Code sets on the page. */
export function watchTheme(): ReadonlySignal<Theme> {
  const theme = signal(readTheme());
  const observer = new MutationObserver(() => (theme.value = readTheme()));
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-kind', 'style'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  return theme;
}

function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const value = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
  const highContrast = document.body.classList.contains('vscode-high-contrast');
  const background = value('--vscode-editor-background', '#1f1f1f');
  const foreground = value('--vscode-editor-foreground', '#cccccc');
  const focus = value('--vscode-focusBorder', '#0078d4');
  return {
    ramp: buildRamp({ background, foreground, accent: value('--vscode-charts-blue', focus), highContrast }),
    background,
    foreground,
    pin: highContrast ? focus : value('--vscode-button-background', focus),
    pinInk: highContrast ? background : value('--vscode-button-foreground', background),
    edge: value('--vscode-contrastBorder', 'transparent'),
    highContrast,
    labelFont: `12px ${value('--vscode-editor-font-family', 'monospace')}`,
    valueFont: `11px ${value('--vscode-font-family', 'sans-serif')}`,
  };
}
