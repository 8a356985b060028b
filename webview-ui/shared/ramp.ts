import { converter, clampRgb, parse, type Oklab } from 'culori';

/** The theme's colours from which the colour scale is mixed, as CSS colours. */
export interface ThemeColours {
  readonly background: string;
  readonly foreground: string;
  readonly accent: string;
  readonly highContrast: boolean;
}

export const STEPS = 256;

/** A sequential colour scale: step 0 is no weight, the last step the largest. */
export interface Ramp {
  /** Packed as the bytes R, G, B, A of an ImageData pixel in this machine's byte order. */
  readonly pixels: Uint32Array;
  readonly css: readonly string[];
  /** Readable text colour on each step. */
  readonly ink: readonly string[];
}

const toOklab = converter('oklab');
const toRgb = converter('rgb');

/**
 * Mixes the scale in OKLab from the editor's background over the theme's blue to the far end of lightness,
 * so that lightness rises (dark themes) or falls (light themes) with every step.
 */
export function buildRamp(theme: ThemeColours): Ramp {
  const background = oklab(theme.background, '#1f1f1f');
  const foreground = oklab(theme.foreground, '#cccccc');
  const dark = background.l < 0.5;
  const accent = between(oklab(theme.accent, '#3794ff'), dark);
  const lift = theme.highContrast ? (dark ? 0.17 : 0.09) : 0.06;
  const base = mix(background, foreground, lift);
  const end = mix(accent, { mode: 'oklab', l: dark ? 1 : 0, a: 0, b: 0 }, dark ? 0.85 : 0.62);
  const stops = [base, mix(base, accent, 0.46), accent, end];
  const colours = Array.from({ length: STEPS }, (_, step) => {
    const place = (step / (STEPS - 1)) * (stops.length - 1);
    const from = Math.min(stops.length - 2, Math.floor(place));
    return mix(stops[from]!, stops[from + 1]!, place - from);
  });
  const bytes = colours.map(rgbBytes);
  return {
    pixels: new Uint32Array(Uint8ClampedArray.from(bytes.flatMap((rgb) => [...rgb, 255])).buffer),
    css: bytes.map(([red, green, blue]) => `rgb(${red} ${green} ${blue})`),
    ink: bytes.map(inkOn),
  };
}

/** The step of a share of the scale between 0 and 1. */
export function stepOf(share: number): number {
  return Math.max(0, Math.min(STEPS - 1, Math.round(share * (STEPS - 1))));
}

export type Scale = 'linear' | 'log';

/** Powers of ten that the logarithmic scale spans below its maximum. */
export const LOG_DECADES = 4;

/** Where a weight stands on the scale, between 0 and 1. */
export function shareOf(weight: number, scale: Scale, peak: number): number {
  if (weight <= 0) return 0;
  const share = weight / peak;
  return Math.max(0, Math.min(1, scale === 'log' ? 1 + Math.log10(share) / LOG_DECADES : share));
}

/** Keeps the accent well inside the range of lightness, so that the scale stays monotonic with any theme. */
function between(accent: Oklab, dark: boolean): Oklab {
  return { ...accent, l: dark ? Math.max(0.5, Math.min(0.8, accent.l)) : Math.max(0.35, Math.min(0.72, accent.l)) };
}

function oklab(css: string, fallback: string): Oklab {
  return toOklab(parse(css) ?? parse(fallback)!);
}

function mix(from: Oklab, to: Oklab, share: number): Oklab {
  return {
    mode: 'oklab',
    l: from.l + (to.l - from.l) * share,
    a: from.a + (to.a - from.a) * share,
    b: from.b + (to.b - from.b) * share,
  };
}

type Rgb = readonly [red: number, green: number, blue: number];

function rgbBytes(colour: Oklab): Rgb {
  const { r, g, b } = clampRgb(toRgb(colour));
  return [Math.round(r * 255), Math.round(g * 255), Math.round(b * 255)];
}

/** Black or white, whichever has the larger WCAG contrast on the colour. */
function inkOn(rgb: Rgb): string {
  const [red, green, blue] = rgb.map((byte) => {
    const channel = byte / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  return luminance > 0.179 ? '#000000' : '#ffffff';
}
