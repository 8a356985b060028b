/** A pass that was timed: so many queries, over the keys up to the last of them. */
export interface TimedPass {
  readonly rows: number;
  readonly keys: number;
  readonly milliseconds: number;
}

/** What a query costs: `base` for itself, and `perKey` for each key that its pass sees. In milliseconds. */
export interface RowCost {
  readonly base: number;
  readonly perKey: number;
}

/** Without passes over at least so many times as many keys as others have, nothing is known of the cost of a key. */
const LEAST_SPAN = 2;
/** A run says what its own rest costs from this share of its keys on. */
const LEAST_REACH = 1 / 4;
const FEWEST_PASSES = 4;
/** Each is compared with each, after every pass. */
const MOST_COMPARED = 64;
/** The machine's present speed is that of so many passes. */
const RECENT_PASSES = 8;

/**
 * The line through the passes' costs of a row over their keys: the median of all slopes (Theil–Sen), so that a pass which
 * the machine held back does not move it.
 *
 * @returns `undefined` without passes
 */
export function rowCost(passes: readonly TimedPass[]): RowCost | undefined {
  if (passes.length === 0) return undefined;
  const apart = Math.ceil(passes.length / MOST_COMPARED);
  const costs = passes
    .filter((_, place) => place % apart === 0)
    .map(({ rows, keys, milliseconds }) => ({ keys, cost: milliseconds / rows }));
  const slopes = costs.flatMap((one, place) =>
    costs.slice(place + 1).flatMap((other) => {
      return one.keys === other.keys ? [] : [(other.cost - one.cost) / (other.keys - one.keys)];
    }),
  );
  const perKey = slopes.length === 0 ? 0 : Math.max(0, median(slopes));
  return { base: Math.max(0, median(costs.map(({ keys, cost }) => cost - perKey * keys))), perKey };
}

/**
 * How long the rest of a run takes, at the speed of its last passes: what more keys cost follows at first from the passes of
 * earlier runs, and from its own once these have seen as many.
 */
export class RunEstimate {
  private readonly passes: TimedPass[] = [];
  private done = 0;
  private since: number;

  /**
   * @param total tokens of the run
   * @param rowsPerPass tokens of a pass, as far as it is known
   * @param earlier passes of earlier runs with the same model, on this machine
   * @param now the clock, in milliseconds
   */
  constructor(
    private readonly total: number,
    private rowsPerPass: number,
    private readonly earlier: readonly TimedPass[],
    private readonly now: () => number,
  ) {
    this.since = now();
  }

  /** To be called after each pass. @param done tokens that went through so far */
  passed(done: number): void {
    const now = this.now();
    const rows = done - this.done;
    this.passes.push({ rows, keys: done, milliseconds: now - this.since });
    this.rowsPerPass = Math.max(rows, this.passes[0]!.rows);
    this.done = done;
    this.since = now;
  }

  /** The passes of this run so far. */
  get timed(): readonly TimedPass[] {
    return this.passes;
  }

  /** Milliseconds until the last pass is done; `undefined` as long as too little is known. */
  get left(): number | undefined {
    if (this.done >= this.total) return 0;
    const { earlier, passes, total } = this;
    const saysItself = passes.length >= FEWEST_PASSES && this.done >= total * LEAST_REACH;
    const isKnownBefore = isKnown(earlier, total) && !(saysItself && this.done >= reach(earlier));
    if (!isKnownBefore && !saysItself) return undefined;
    // The first pass is slower than it will ever be again.
    const warm = passes.length > 1 ? passes.slice(1) : passes;
    const cost = rowCost(isKnownBefore ? earlier : warm)!;
    const recent = warm.slice(-RECENT_PASSES);
    const expected = recent.reduce((sum, { rows, keys }) => sum + timeOf(cost, rows, keys), 0);
    const spent = recent.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    return this.rest(cost) * (expected > 0 ? spent / expected : 1);
  }

  private rest(cost: RowCost): number {
    const { total, rowsPerPass } = this;
    let milliseconds = 0;
    for (let start = this.done; start < total; start += rowsPerPass) {
      const end = Math.min(total, start + rowsPerPass);
      milliseconds += timeOf(cost, end - start, end);
    }
    return milliseconds;
  }
}

/**
 * What is worth keeping of passes for later runs: one for each doubling of keys, the newest.
 *
 * @param passes from the oldest to the newest
 */
export function newestPasses(passes: readonly TimedPass[]): readonly TimedPass[] {
  return [...new Map(passes.map((pass) => [Math.ceil(Math.log2(pass.keys)), pass])).values()];
}

function timeOf({ base, perKey }: RowCost, rows: number, keys: number): number {
  return rows * (base + perKey * keys);
}

/** Whether passes tell what others up to so many keys cost: they show what a key costs, or have about as many themselves. */
function isKnown(passes: readonly TimedPass[], keys: number): boolean {
  const most = reach(passes);
  const fewest = Math.min(...passes.map((pass) => pass.keys));
  return most > 0 && (most >= LEAST_SPAN * fewest || keys <= LEAST_SPAN * most);
}

function reach(passes: readonly TimedPass[]): number {
  return Math.max(0, ...passes.map(({ keys }) => keys));
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle - 0.5)]! + sorted[Math.floor(middle)]!) / 2;
}
