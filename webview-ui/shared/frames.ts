/** Runs the newest of the given jobs in the next animation frame. */
export class NextFrame {
  private job: (() => void) | undefined;
  private handle: number | undefined;

  run(job: () => void): void {
    this.job = job;
    this.handle ??= requestAnimationFrame(() => {
      this.handle = undefined;
      this.job?.();
    });
  }

  cancel(): void {
    if (this.handle !== undefined) cancelAnimationFrame(this.handle);
    this.handle = undefined;
  }
}
