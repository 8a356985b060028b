import { effect, type ReadonlySignal, signal } from '@preact/signals';

/** Changes that follow each other faster than this are one motion, in milliseconds. */
const SAME_MOTION = 150;
/** Without a change for two frames a motion has come to rest, in milliseconds. */
const REST_AFTER = 34;

/**
 * Whether a value is in motion: it changes again and again. A single change, like a step of a key, is none.
 * Work that is not needed for the next frame waits for the rest.
 */
export class Motion {
  readonly isMoving: ReadonlySignal<boolean>;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private readonly stop: () => void;

  constructor(value: ReadonlySignal<unknown>) {
    const isMoving = signal(false);
    this.isMoving = isMoving;
    let last = -Infinity;
    let shown = value.peek();
    this.stop = effect(() => {
      if (value.value === shown) return;
      shown = value.value;
      const now = performance.now();
      if (now - last < SAME_MOTION) {
        clearTimeout(this.rest);
        this.rest = setTimeout(() => (isMoving.value = false), REST_AFTER);
        isMoving.value = true;
      }
      last = now;
    });
  }

  dispose(): void {
    this.stop();
    clearTimeout(this.rest);
  }
}
