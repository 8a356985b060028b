import type { LoadedModel } from '../runtime/loadedModel.ts';
import { HeadProjection } from './headProjection.ts';

/** Most bytes of output projections that are kept. */
const MOST_BYTES = 256 * 2 ** 20;

/** The matrices W_O of a model's layers, by their heads. */
export class HeadProjections {
  private readonly kept = new Map<number, HeadProjection>();

  constructor(private readonly model: LoadedModel) {}

  /**
   * W_O of a layer; `undefined` where the graph hides it.
   *
   * @param id any token: the matrix comes out of a pass over it.
   */
  async of(layer: number, id: number): Promise<HeadProjection | undefined> {
    const known = this.kept.get(layer);
    if (known) return known;
    const read = await this.read(layer, id);
    if (!read) return undefined;
    const bytes = [...this.kept.values()].reduce((sum, projection) => sum + projection.bytes, read.bytes);
    if (bytes > MOST_BYTES) this.kept.clear();
    this.kept.set(layer, read);
    return read;
  }

  private async read(layer: number, id: number): Promise<HeadProjection | undefined> {
    const { facts, description, emptyPast: past } = this.model;
    const { output, projection } = facts[layer] ?? {};
    if (output === undefined || !projection) return undefined;
    const steps = new Map([[layer, [output, projection.tensor]]]);
    const result = await this.model.run({ ids: [id], positions: [0], pastLength: 0, past, steps });
    const tensors = result.steps(layer);
    const rows = tensors.get(output)!.length;
    return new HeadProjection(
      tensors.get(projection.tensor)!.slice(),
      description.heads,
      rows,
      projection.isTransposed,
    );
  }
}
