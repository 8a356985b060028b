import { signal, type ReadonlySignal } from '@preact/signals';

export interface BoxSize {
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
}

/**
 * Follows the size of an element and the pixel ratio of its screen: both change its box in device pixels.
 * The element's size must not depend on what is drawn in it.
 */
export function watchSize(element: Element): { readonly size: ReadonlySignal<BoxSize>; dispose(): void } {
  const measure = (): BoxSize => ({
    width: element.clientWidth,
    height: element.clientHeight,
    pixelRatio: window.devicePixelRatio,
  });
  const size = signal(measure());
  const observer = new ResizeObserver(() => {
    const [before, now] = [size.peek(), measure()];
    const same = now.width === before.width && now.height === before.height && now.pixelRatio === before.pixelRatio;
    if (!same) size.value = now;
  });
  observer.observe(element, { box: 'device-pixel-content-box' });
  return { size, dispose: () => observer.disconnect() };
}
