import { signal } from '@preact/signals';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Motion } from '../../../webview-ui/shared/matrix/motion.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

test('a single change is no motion, changes upon changes are one until they cease', () => {
  const value = signal(0);
  const motion = new Motion(value);
  const changeAfter = (milliseconds: number): boolean => {
    vi.advanceTimersByTime(milliseconds);
    value.value += 1;
    return motion.isMoving.value;
  };
  expect([changeAfter(0), changeAfter(500), changeAfter(16), changeAfter(16), changeAfter(40)]).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
  vi.advanceTimersByTime(33);
  expect(motion.isMoving.value).toBe(true);
  vi.advanceTimersByTime(1);
  expect(motion.isMoving.value).toBe(false);
  motion.dispose();
  expect(changeAfter(1)).toBe(false);
});
