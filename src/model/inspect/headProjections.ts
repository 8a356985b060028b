import type { LoadedModel } from '../runtime/loadedModel.ts';
import { HeadProjection } from './headProjection.ts';

/** Most bytes of output projections that are kept; of larger models one layer at a time is read. */
const MOST_BYTES = 256 * 2 ** 20;

/** The matrices W_O of a model's layers, by their heads. */
export class HeadProjections {
  private projections: ReadonlyMap<number, HeadProjection> = new Map();

  constructor(private readonly model: LoadedModel) {}

  /**
   * W_O of a layer; `undefined` where the graph hides it.
   *
   * @param id any token: the matrix comes out of a pass over it.
   */
  async of(layer: number, id: number): Promise<HeadProjection | undefined> {
    const { facts } = this.model;
    const known = this.projections.get(layer);
    if (known || !facts[layer]?.projection) return known;
    // The first layer read tells how large all are.
    const first = await this.read([layer], id);
    const keepsAll = (first.get(layer)?.bytes ?? 0) * facts.length <= MOST_BYTES;
    this.projections = keepsAll ? await this.read([...facts.keys()], id) : first;
    return this.projections.get(layer);
  }

  private async read(layers: readonly number[], id: number): Promise<ReadonlyMap<number, HeadProjection>> {
    const { facts, description, emptyPast: past } = this.model;
    const shown = layers.flatMap((layer) => {
      const { output, projection } = facts[layer] ?? {};
      return output !== undefined && projection ? [{ layer, output, projection }] : [];
    });
    const steps = new Map(shown.map(({ layer, output, projection }) => [layer, [output, projection.tensor]] as const));
    const result = await this.model.run({ ids: [id], positions: [0], pastLength: 0, past, steps });
    return new Map(
      shown.map(({ layer, output, projection: { tensor, isTransposed } }) => {
        const tensors = result.steps(layer);
        const rows = tensors.get(output)!.length;
        return [layer, new HeadProjection(tensors.get(tensor)!, description.heads, rows, isTransposed)] as const;
      }),
    );
  }
}
