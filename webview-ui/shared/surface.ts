/** A canvas sized to its box in device pixels. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
}

/** Sizes the canvas if the box or the pixel ratio changed, and clears it. */
export function openSurface(canvas: HTMLCanvasElement, width: number, height: number): Surface | undefined {
  const context = canvas.getContext('2d');
  const pixelRatio = window.devicePixelRatio || 1;
  const [pixelsWide, pixelsHigh] = [Math.round(width * pixelRatio), Math.round(height * pixelRatio)];
  if (!context || pixelsWide === 0 || pixelsHigh === 0) return undefined;
  if (canvas.width !== pixelsWide || canvas.height !== pixelsHigh) {
    canvas.width = pixelsWide;
    canvas.height = pixelsHigh;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height, pixelRatio };
}

/** A length on screen moved to the nearest device pixel. */
export function snap(length: number, pixelRatio: number): number {
  return Math.round(length * pixelRatio) / pixelRatio;
}
