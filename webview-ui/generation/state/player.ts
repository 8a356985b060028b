import { signal } from '@preact/signals';

/** Steps again and again, each step awaited before the next: none pile up. */
export class Player {
  readonly playing = signal(false);
  private running = false;
  private wake: (() => void) | undefined;

  /**
   * @param step resolves to whether to go on
   * @param pause milliseconds to rest after a step
   * @param ended told once no step is under way any more
   */
  constructor(
    private readonly step: () => Promise<boolean>,
    private readonly pause: () => number,
    private readonly ended: () => void,
  ) {}

  toggle(): void {
    if (this.playing.peek()) this.stop();
    else void this.play();
  }

  stop(): void {
    this.playing.value = false;
    this.wake?.();
  }

  private async play(): Promise<void> {
    this.playing.value = true;
    // Stopped and started again within a step, the same loop goes on.
    if (this.running) return;
    this.running = true;
    while (this.playing.peek()) {
      if (!(await this.step())) this.playing.value = false;
      else if (this.playing.peek()) await this.rest();
    }
    this.running = false;
    this.ended();
  }

  private async rest(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.pause());
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
