import { signal } from '@preact/signals';

/** Steps again and again, each step awaited before the next: none pile up. */
export class Player {
  readonly playing = signal(false);
  private wake: (() => void) | undefined;

  /**
   * @param step resolves to whether to go on
   * @param pause milliseconds to rest after a step
   */
  constructor(
    private readonly step: () => Promise<boolean>,
    private readonly pause: () => number,
  ) {}

  toggle(): void {
    if (this.playing.peek()) this.stop();
    else void this.play();
  }

  stop(): void {
    this.playing.value = false;
    this.wake?.();
  }

  async play(): Promise<void> {
    if (this.playing.peek() || this.wake) return;
    this.playing.value = true;
    while (this.playing.peek()) {
      if (!(await this.step())) this.playing.value = false;
      else if (this.playing.peek()) await this.rest();
    }
  }

  private async rest(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.pause());
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}
