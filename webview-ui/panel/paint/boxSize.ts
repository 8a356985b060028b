import { signal, type ReadonlySignal } from '@preact/signals';

export interface BoxSize {
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
}

/** Follows the size of an element and the pixel ratio of its screen. The element's size must not depend on what is drawn. */
export function watchSize(element: Element): { readonly size: ReadonlySignal<BoxSize>; dispose(): void } {
  const measure = (): BoxSize => ({
    width: element.clientWidth,
    height: element.clientHeight,
    pixelRatio: window.devicePixelRatio || 1,
  });
  const size = signal(measure());
  const update = (): void => {
    const next = measure();
    const { width, height, pixelRatio } = size.peek();
    if (next.width !== width || next.height !== height || next.pixelRatio !== pixelRatio) size.value = next;
  };
  const observer = new ResizeObserver(update);
  observer.observe(element);
  let screen = onPixelRatio();
  function onPixelRatio(): MediaQueryList {
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener('change', renew, { once: true });
    return query;
  }
  function renew(): void {
    update();
    screen = onPixelRatio();
  }
  return {
    size,
    dispose() {
      observer.disconnect();
      screen.removeEventListener('change', renew);
    },
  };
}
