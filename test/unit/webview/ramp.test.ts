import { converter, wcagContrast } from 'culori';
import { describe, expect, it } from 'vitest';
import { buildRamp, shareOf, STEPS, stepOf, type ThemeColours } from '../../../webview-ui/shared/ramp.ts';

const themes: Readonly<Record<string, ThemeColours>> = {
  dark: { background: '#1f1f1f', foreground: '#cccccc', accent: '#3794ff', highContrast: false },
  light: { background: '#ffffff', foreground: '#3b3b3b', accent: '#1a85ff', highContrast: false },
  'high contrast dark': { background: '#000000', foreground: '#ffffff', accent: '#3794ff', highContrast: true },
  'high contrast light': { background: '#ffffff', foreground: '#292929', accent: '#1a85ff', highContrast: true },
  'dark with a dark accent': { background: '#101014', foreground: '#ddd', accent: '#00008b', highContrast: false },
  'light with a pale accent': { background: '#fdf6e3', foreground: '#657b83', accent: '#ffffaa', highContrast: false },
  'without colours': { background: '', foreground: 'nonsense', accent: '', highContrast: false },
};
const lightness = (css: string): number => converter('oklab')(css)!.l;

describe.each(Object.entries(themes))('the scale of a theme: %s', (_, theme) => {
  const ramp = buildRamp(theme);

  it('changes lightness in one direction', () => {
    const values = ramp.css.map(lightness);
    const sign = Math.sign(values.at(-1)! - values[0]!);
    values.slice(1).forEach((value, step) => expect((value - values[step]!) * sign).toBeGreaterThan(-0.004));
    expect(Math.abs(values.at(-1)! - values[0]!)).toBeGreaterThan(0.5);
  });

  it('has readable ink on every step', () => {
    ramp.css.forEach((css, step) => expect(wcagContrast(css, ramp.ink[step]!)).toBeGreaterThanOrEqual(4.5));
  });

  it('packs the same colours for pictures', () => {
    const [red, green, blue, alpha] = new Uint8Array(ramp.pixels.buffer, 4 * 200, 4);
    expect(`rgb(${red} ${green} ${blue})`).toBe(ramp.css[200]);
    expect(alpha).toBe(255);
  });
});

describe('shareOf', () => {
  it('is linear up to the peak and holds beyond', () => {
    expect([0, 0.1, 0.2, 0.9].map((weight) => shareOf(weight, 'linear', 0.2))).toEqual([0, 0.5, 1, 1]);
  });

  it('spans four powers of ten on the logarithmic scale', () => {
    expect([1, 0.01, 0.0001, 0.00001, 0].map((weight) => shareOf(weight, 'log', 1))).toEqual([1, 0.5, 0, 0, 0]);
  });

  it('stays inside of the steps', () => {
    expect([-1, 0, 1, 2].map(stepOf)).toEqual([0, 0, STEPS - 1, STEPS - 1]);
  });
});
