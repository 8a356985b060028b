import { shareOf, stepOf } from '../ramp.ts';
import type { Colouring } from '../matrix/tileImages.ts';

/** Weights that differ too little from the empty scale to be seen are left plain. */
const FIRST_STEP = 6;

/** Marks tokens in the text without rendering it again. */
export class TextMarks {
  private readonly elements: readonly (readonly HTMLElement[])[];
  private heated: readonly HTMLElement[] = [];
  private marked: readonly HTMLElement[] = [];

  /** @param root holds the elements of every token, named by `data-token` */
  constructor(root: HTMLElement, tokens: number) {
    const elements: HTMLElement[][] = Array.from({ length: tokens }, () => []);
    for (const element of root.querySelectorAll<HTMLElement>('[data-token]')) {
      elements[Number(element.dataset['token'])]?.push(element);
    }
    this.elements = elements;
  }

  /** Colours the tokens by their weights, [tokens]; `except` stays plain. */
  heat(weights: Float32Array | undefined, colouring: Colouring, except: number | undefined): void {
    for (const element of this.heated) {
      element.style.removeProperty('--heat');
      element.style.removeProperty('--ink');
      element.removeAttribute('data-heat');
    }
    const heated: HTMLElement[] = [];
    weights?.forEach((weight, token) => {
      const step = stepOf(shareOf(weight, colouring.scale, colouring.peak));
      if (step < FIRST_STEP || token === except) return;
      for (const element of this.elements[token] ?? []) {
        if (element.classList.contains('lead')) continue;
        element.style.setProperty('--heat', colouring.ramp.css[step]!);
        element.style.setProperty('--ink', colouring.ramp.ink[step]!);
        element.dataset['heat'] = weight.toFixed(3);
        heated.push(element);
      }
    });
    this.heated = heated;
  }

  /** Sets exactly the given marks: class names by token. */
  mark(marks: readonly { readonly token: number | undefined; readonly className: string }[]): void {
    for (const element of this.marked) element.classList.remove('lit', 'partner', 'pinned');
    this.marked = marks.flatMap(({ token, className }) => {
      const elements = token === undefined ? [] : (this.elements[token] ?? []);
      for (const element of elements) element.classList.add(className);
      return elements;
    });
  }

  first(token: number): HTMLElement | undefined {
    return this.elements[token]?.[0];
  }
}

/** Scrolls the text, and nothing around it, so far that the element is inside. */
export function scrollInto(root: HTMLElement, element: HTMLElement | undefined): void {
  if (!element) return;
  const [outer, inner] = [root.getBoundingClientRect(), element.getBoundingClientRect()];
  if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
  root.scrollTop += inner.top - outer.top - root.clientHeight / 2;
}

/** Scrolls the text so that the element is near its upper edge, below a little of what comes before. */
export function scrollTo(root: HTMLElement, element: HTMLElement | undefined): void {
  if (!element) return;
  root.scrollTop += element.getBoundingClientRect().top - root.getBoundingClientRect().top - root.clientHeight / 4;
}
