import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Nothing is asked for so long, in milliseconds: a new run is not to wait. */
const REST = 500;

let rest: NodeJS.Timeout | undefined;

/**
 * Gives back what nothing holds any more, once the process rests. V8 collects garbage while JavaScript runs: a process that
 * is asked nothing would keep hundreds of megabytes of a closed run for long.
 */
export function collectAtRest(): void {
  clearTimeout(rest);
  rest = setTimeout(() => void collectGarbage(), REST).unref();
}

/** Buffers are freed a turn after nothing holds them. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round++) {
    collect();
    await new Promise(setImmediate);
  }
}
