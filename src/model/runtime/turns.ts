/** Lets the process read its messages, a cancellation among them. */
export async function nextTurn(signal: AbortSignal): Promise<void> {
  await new Promise(setImmediate);
  signal.throwIfAborted();
}

const TURNS_OF_REQUEST = 4;

/**
 * Who may use the model: one run at a time, and one question at a time, which overtakes the run between two of its passes.
 */
export class Turns {
  private runs: Promise<unknown> = Promise.resolve();
  private isRunning = false;
  private readonly waiting: (() => Promise<void>)[] = [];
  private answering: Promise<void> | undefined;

  /** Works over a whole text, in the order in which they are asked for. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = this.runs.then(async () => {
      this.isRunning = true;
      try {
        await this.answer();
        signal.throwIfAborted();
        return await work();
      } finally {
        this.isRunning = false;
        void this.answer();
      }
    });
    this.runs = turn.catch(() => undefined);
    return turn;
  }

  /** Answers something short, as soon as the pass that is under way is done. */
  question<T>(signal: AbortSignal, work: () => T | Promise<T>): Promise<T> {
    let begin: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => (begin = resolve));
    const answer = turn.then(() => {
      signal.throwIfAborted();
      return work();
    });
    this.waiting.push(async () => {
      begin();
      await answer.catch(() => undefined);
    });
    if (!this.isRunning) void this.answer();
    return answer;
  }

  /** Resolves when all that has been asked for so far is done. */
  async idle(): Promise<void> {
    await this.runs;
    await this.answer();
  }

  /** Between two passes, of a run or of a question. */
  async betweenPasses(signal: AbortSignal): Promise<void> {
    // A request takes some turns of the event loop from its arrival to its answer.
    for (let turn = 0; turn < TURNS_OF_REQUEST; turn++) await nextTurn(signal);
    // While questions are answered, runs wait: whoever comes here is one of them.
    if (this.answering) return;
    await this.answer();
    signal.throwIfAborted();
  }

  private answer(): Promise<void> {
    if (this.waiting.length === 0) return this.answering ?? Promise.resolve();
    return (this.answering ??= this.answerAll());
  }

  private async answerAll(): Promise<void> {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) await next();
    this.answering = undefined;
  }
}
