import { describe, expect, test } from 'vitest';
import { Turns } from '../../../src/model/runtime/turns.ts';

const never = new AbortController().signal;

/** A run of some passes that writes down when each is done. */
function runOf(turns: Turns, log: string[], name: string, passes: number, during?: (pass: number) => void) {
  return turns.run(never, async () => {
    for (let pass = 1; pass <= passes; pass++) {
      await turns.betweenPasses(never);
      log.push(`${name}${pass}`);
      during?.(pass);
    }
  });
}

describe('turns', () => {
  test('runs go one after the other, in the order in which they were asked for', async () => {
    const [turns, log] = [new Turns(), [] as string[]];
    await Promise.all([runOf(turns, log, 'a', 3), runOf(turns, log, 'b', 2)]);
    expect(log).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
  });

  test('questions overtake the run between two of its passes, in their own order, and none interrupts another', async () => {
    const [turns, log] = [new Turns(), [] as string[]];
    const asked: Promise<void>[] = [];
    const question = (name: string): Promise<void> =>
      turns.question(never, async () => {
        log.push(`${name} begins`);
        await turns.betweenPasses(never);
        log.push(`${name} ends`);
      });
    await runOf(turns, log, 'pass ', 3, (pass) => {
      if (pass === 1) asked.push(question('one'), question('other'));
    });
    await Promise.all(asked);
    expect(log).toEqual(['pass 1', 'one begins', 'one ends', 'other begins', 'other ends', 'pass 2', 'pass 3']);
  });

  test('questions asked while another is answered, or when nothing runs, are answered', async () => {
    const turns = new Turns();
    const nested = await turns.question(never, () => ({ inner: turns.question(never, () => 'inner') }));
    expect(await nested.inner).toBe('inner');
    expect(await turns.question(never, () => 1)).toBe(1);
  });

  test('a run waits for the questions that were asked before it', async () => {
    const [turns, log] = [new Turns(), [] as string[]];
    const question = turns.question(never, async () => {
      await turns.betweenPasses(never);
      log.push('question');
    });
    await Promise.all([question, runOf(turns, log, 'pass ', 1)]);
    expect(log).toEqual(['question', 'pass 1']);
  });

  test('what fails, or is aborted while it waits, holds up nothing', async () => {
    const turns = new Turns();
    const failed = turns.run(never, () => Promise.reject(new Error('run')));
    const aborted = new AbortController();
    const waiting = turns.run(aborted.signal, () => Promise.resolve('never'));
    aborted.abort(new Error('aborted'));
    const question = turns.question(aborted.signal, () => 'never');
    await expect(failed).rejects.toThrow('run');
    await expect(waiting).rejects.toThrow('aborted');
    await expect(question).rejects.toThrow('aborted');
    await expect(turns.question(never, () => Promise.reject(new Error('question')))).rejects.toThrow('question');
    expect(await turns.run(never, () => Promise.resolve('next'))).toBe('next');
  });

  test('an aborted run stops at the next pass, also while questions are answered', async () => {
    const [turns, log] = [new Turns(), [] as string[]];
    const controller = new AbortController();
    const run = turns.run(controller.signal, async () => {
      for (;;) {
        await turns.betweenPasses(controller.signal);
        log.push('pass');
        void turns.question(never, () => controller.abort(new Error('enough')));
      }
    });
    await expect(run).rejects.toThrow('enough');
    expect(log).toEqual(['pass']);
  });
});
