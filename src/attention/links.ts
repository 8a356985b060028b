import { cellCount, cellRange } from '../protocol/cells.ts';
import type { Link } from '../protocol/inspection.ts';
import type { TokenRange } from '../protocol/run.ts';

/** A matrix of which only the largest weight of each block is known at once; its cells can be had block by block. */
export interface BlockedMatrix {
  readonly tokens: number;
  /** Tokens on each side of a block. */
  readonly block: number;
  /** [blocks, blocks], row-major. */
  readonly maxima: Float32Array;
  /** Weights of a region: [rows, columns]. */
  readonly cells: (rows: TokenRange, columns: TokenRange) => Promise<Float32Array>;
}

export interface LinkLimits {
  readonly count: number;
  /** Fewest tokens between a query and its key; and between the queries, or the keys, of two links. */
  readonly apart: number;
}

/** Whether some token can attend to one that is `apart` tokens away and not the first. */
export function canHaveLinks(tokens: number, apart: number, causal: boolean): boolean {
  const farthestQuery = causal ? tokens - 1 : tokens;
  return farthestQuery > apart;
}

/**
 * The largest weights of a matrix, each in a place of its own: the largest first, then the largest far enough from it, and
 * so on. Weights on the first token are left out: many models leave there what they have no use for. Best first: a block is
 * looked into when its maximum is the largest number left, so few of them are.
 */
export async function strongestLinks(matrix: BlockedMatrix, limits: LinkLimits): Promise<readonly Link[]> {
  const search = new LinkSearch(matrix, limits);
  const links: Link[] = [];
  while (links.length < limits.count) {
    const next = await search.next(links);
    if (!next) break;
    links.push(next);
  }
  return links;
}

interface OpenBlock {
  readonly rows: TokenRange;
  readonly columns: TokenRange;
  readonly weights: Float32Array;
  readonly best: Link;
}

class LinkSearch {
  /** Places of blocks, those with the largest maxima last. */
  private readonly closed: number[];
  /** Those with the largest weights last. */
  private readonly open: OpenBlock[] = [];
  private readonly side: number;

  constructor(
    private readonly matrix: BlockedMatrix,
    private readonly limits: LinkLimits,
  ) {
    const { tokens, block, maxima } = matrix;
    this.side = cellCount({ start: 0, end: tokens }, block);
    this.closed = [...maxima.keys()].filter((place) => maxima[place]! > 0).sort((a, b) => maxima[a]! - maxima[b]!);
  }

  async next(links: readonly Link[]): Promise<Link | undefined> {
    for (;;) {
      const found = this.open.at(-1);
      const place = this.closed.at(-1);
      if (place !== undefined && !(found && found.best.weight >= this.matrix.maxima[place]!)) {
        this.closed.pop();
        await this.look(place, links);
        continue;
      }
      if (!found) return undefined;
      this.open.pop();
      const isNew = !this.isNear(found.best, links);
      this.keep(found, isNew ? [...links, found.best] : links);
      if (isNew) return found.best;
    }
  }

  private async look(place: number, links: readonly Link[]): Promise<void> {
    const { tokens, block, cells } = this.matrix;
    const range = (index: number): TokenRange => cellRange({ start: 0, end: tokens }, block, index);
    const [rows, columns] = [range(Math.floor(place / this.side)), range(place % this.side)];
    const corners = [rows.start, rows.end - 1].flatMap((query) =>
      [columns.start, columns.end - 1].map((key) => ({ query, key })),
    );
    const isCovered = links.some((link) => corners.every((corner) => this.isNear(corner, [link])));
    const isTooClose = Math.max(rows.end - 1 - columns.start, columns.end - 1 - rows.start) < this.limits.apart;
    if (!isCovered && !isTooClose) this.keep({ rows, columns, weights: await cells(rows, columns) }, links);
  }

  /** Puts a block among the open ones, if anything in it is left. */
  private keep({ rows, columns, weights }: Omit<OpenBlock, 'best'>, links: readonly Link[]): void {
    const width = columns.end - columns.start;
    let best: Link | undefined;
    weights.forEach((weight, cell) => {
      if (weight <= (best?.weight ?? 0)) return;
      const link = { query: rows.start + Math.floor(cell / width), key: columns.start + (cell % width), weight };
      const isApart = Math.abs(link.query - link.key) >= this.limits.apart;
      if (link.key > 0 && isApart && !this.isNear(link, links)) best = link;
    });
    if (!best) return;
    const { weight } = best;
    const after = this.open.findIndex((other) => other.best.weight > weight);
    this.open.splice(after < 0 ? this.open.length : after, 0, { rows, columns, weights, best });
  }

  private isNear({ query, key }: Pick<Link, 'query' | 'key'>, links: readonly Link[]): boolean {
    const { apart } = this.limits;
    return links.some((link) => Math.abs(query - link.query) < apart && Math.abs(key - link.key) < apart);
  }
}
