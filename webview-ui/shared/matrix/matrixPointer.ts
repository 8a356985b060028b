import { hitAt, panned, zoomed, type Hit, type Point } from './frame.ts';
import type { MatrixModel } from './matrixModel.ts';
import type { MatrixStage } from './matrixStage.ts';

/** A press that moves farther than this is a drag, not a click. */
const DRAG_FROM = 4;
/** One notch of a wheel, about 100 units, zooms by a quarter. */
const WHEEL_ZOOM = 0.0022;
const LINE = 16;

/** Lets the pointer hover, pin, pan and zoom the matrix; returns what undoes it. */
export function matrixPointer(
  element: HTMLElement,
  stage: MatrixStage,
  model: MatrixModel,
  causal: boolean,
): () => void {
  let press: { readonly at: Point; last: Point; dragging: boolean } | undefined;
  const pointOf = (event: MouseEvent): Point => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const hit = (event: MouseEvent): Hit | undefined => hitAt(stage.frame.peek(), pointOf(event), causal);
  const pan = (by: Point): void => {
    model.matrixView.value = panned(stage.box.peek(), stage.frame.peek(), by);
  };

  const down = (event: PointerEvent): void => {
    if (event.button === 0 && !onControl(event)) press = { at: pointOf(event), last: pointOf(event), dragging: false };
  };
  const move = (event: PointerEvent): void => {
    const point = pointOf(event);
    const zoom = stage.frame.peek().view.zoom;
    // A button that was let go outside of the matrix sends no event here.
    if (event.buttons === 0) press = undefined;
    if (press && zoom > 1 && (press.dragging || farther(press.at, point))) {
      if (!press.dragging) element.setPointerCapture(event.pointerId);
      press.dragging = true;
      element.classList.add('dragging');
      pan({ x: point.x - press.last.x, y: point.y - press.last.y });
      press.last = point;
      return;
    }
    model.pointAt(hit(event));
  };
  const up = (): void => {
    element.classList.remove('dragging');
    // The click that ends a drag comes after this and must not pin.
    setTimeout(() => (press = undefined));
  };
  const leave = (): void => {
    if (!press?.dragging) model.pointAt(undefined);
  };
  const click = (event: MouseEvent): void => {
    if (press?.dragging || onControl(event) || event.detail > 1) return;
    const found = hit(event);
    if (found) model.choose(found);
  };
  const doubleClick = (event: MouseEvent): void => {
    const found = hit(event);
    if (found) model.open(found);
  };
  const wheel = (event: WheelEvent): void => {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1;
    const frame = stage.frame.peek();
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      model.matrixView.value = zoomed(
        stage.box.peek(),
        frame,
        Math.exp(-event.deltaY * unit * WHEEL_ZOOM),
        pointOf(event),
      );
    } else if (frame.view.zoom > 1) {
      event.preventDefault();
      const [x, y] = event.shiftKey && event.deltaX === 0 ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      pan({ x: -x * unit, y: -y * unit });
      model.pointAt(hit(event));
    }
  };

  const listeners = new AbortController();
  const { signal } = listeners;
  element.addEventListener('pointerdown', down, { signal });
  element.addEventListener('pointermove', move, { signal });
  element.addEventListener('pointerup', up, { signal });
  element.addEventListener('pointercancel', up, { signal });
  element.addEventListener('pointerleave', leave, { signal });
  element.addEventListener('click', click, { signal });
  element.addEventListener('dblclick', doubleClick, { signal });
  element.addEventListener('wheel', wheel, { signal, passive: false });
  return () => listeners.abort();
}

function onControl(event: Event): boolean {
  return event.target instanceof Element && event.target.closest('button') !== null;
}

function farther(a: Point, b: Point): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) > DRAG_FROM;
}
