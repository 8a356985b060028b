import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { type CancellationToken, CancellationTokenSource } from 'vscode-jsonrpc/browser';
import { selectionKey } from '../../../src/attention/headKinds.ts';
import { cellsIn } from '../../../src/protocol/cells.ts';
import type { Peaks, PeaksRequest } from '../../../src/protocol/run.ts';
import type { ViewSlice, ViewSliceRequest } from '../../../src/protocol/viewSlice.ts';
import { failureOf, LOADING, type Loaded } from '../loaded.ts';
import { LatestRequest } from '../latestRequest.ts';

/** Who answers for the numbers of matrices. */
export interface SliceSource {
  slice(request: ViewSliceRequest, token: CancellationToken): Promise<ViewSlice>;
  peaks(request: PeaksRequest, token: CancellationToken): Promise<Peaks>;
}

interface Entry {
  readonly slice: Signal<Loaded<ViewSlice>>;
  readonly cancellation: CancellationTokenSource;
  readonly bytes: number;
}

/** Keeps the slices asked for last, up to a number of bytes, and all peaks; each is asked for once. */
export class SliceCache {
  /** In the order of last use. */
  private readonly entries = new Map<string, Entry>();
  private readonly highest = new Map<string, LatestRequest<Peaks>>();
  private bytes = 0;

  constructor(
    private readonly host: SliceSource,
    private readonly capacity = 96 * 2 ** 20,
  ) {}

  /** A signal that follows the slice from being asked for to being there. */
  get(request: ViewSliceRequest): ReadonlySignal<Loaded<ViewSlice>> {
    const key = keyOf(request);
    const known = this.entries.get(key);
    if (known) {
      this.entries.delete(key);
      this.entries.set(key, known);
      return known.slice;
    }
    const { rows, columns } = cellsIn(request);
    const entry: Entry = {
      slice: signal<Loaded<ViewSlice>>(LOADING),
      cancellation: new CancellationTokenSource(),
      bytes: 4 * rows * columns,
    };
    this.entries.set(key, entry);
    this.bytes += entry.bytes;
    this.trim();
    void this.load(request, entry);
    return entry.slice;
  }

  /** A slice that was asked for before; it is not asked for by this. */
  known(request: ViewSliceRequest): ReadonlySignal<Loaded<ViewSlice>> | undefined {
    return this.entries.get(keyOf(request))?.slice;
  }

  /** The ends of a matrix' colour scale. */
  peaks(request: PeaksRequest): ReadonlySignal<Loaded<Peaks>> {
    const key = [request.run, selectionKey(request.heads), request.quantity].join(' ');
    const answer = this.highest.get(key) ?? new LatestRequest<Peaks>();
    this.highest.set(key, answer);
    return answer.get(key, (token) => this.host.peaks(request, token));
  }

  dispose(): void {
    for (const answer of this.highest.values()) answer.cancel();
    for (const { cancellation } of this.entries.values()) cancellation.cancel();
  }

  private async load(request: ViewSliceRequest, { slice, cancellation }: Entry): Promise<void> {
    try {
      slice.value = { kind: 'ready', value: await this.host.slice(request, cancellation.token) };
    } catch (error) {
      if (!cancellation.token.isCancellationRequested) slice.value = { kind: 'failed', failure: failureOf(error) };
    }
  }

  private trim(): void {
    for (const [key, { bytes, cancellation, slice }] of this.entries) {
      if (this.bytes <= this.capacity || this.entries.size === 1) return;
      if (slice.peek().kind === 'loading') cancellation.cancel();
      this.entries.delete(key);
      this.bytes -= bytes;
    }
  }
}

function keyOf({ run, heads, quantity, rows, columns, block, pooling, precision }: ViewSliceRequest): string {
  return [
    run,
    selectionKey(heads),
    quantity,
    rows.start,
    rows.end,
    columns.start,
    columns.end,
    block.rows,
    block.columns,
    pooling,
    precision,
  ].join(' ');
}
