import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Player } from '../../../webview-ui/generation/state/player.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Steps that end when they are told to. */
function slowSteps() {
  const open: ((goOn: boolean) => void)[] = [];
  const ended = vi.fn();
  const player = new Player(
    () => new Promise((resolve) => open.push(resolve)),
    () => 100,
    ended,
  );
  return { player, open, ended };
}

it('awaits each step and rests before the next', async () => {
  const { player, open } = slowSteps();
  player.toggle();
  await vi.advanceTimersByTimeAsync(1000);
  expect(open).toHaveLength(1);
  open[0]!(true);
  await vi.advanceTimersByTimeAsync(99);
  expect(open).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(open).toHaveLength(2);
});

it('stops at the end, and when it is told to', async () => {
  const { player, open, ended } = slowSteps();
  player.toggle();
  expect(ended).not.toHaveBeenCalled();
  open[0]!(false);
  await vi.advanceTimersByTimeAsync(1000);
  expect([open.length, player.playing.value]).toEqual([1, false]);
  expect(ended).toHaveBeenCalledOnce();

  player.toggle();
  open[1]!(true);
  await vi.advanceTimersByTimeAsync(50);
  player.toggle();
  await vi.advanceTimersByTimeAsync(1000);
  expect([open.length, player.playing.value]).toEqual([2, false]);
});

it('toggled twice while resting goes on in one line', async () => {
  const { player, open } = slowSteps();
  player.toggle();
  open[0]!(true);
  await vi.advanceTimersByTimeAsync(10);
  player.toggle();
  player.toggle();
  await vi.advanceTimersByTimeAsync(1000);
  expect([open.length, player.playing.value]).toEqual([2, true]);
});
