import type { ExplainStage } from '../../protocol/modelWire.ts';
import { LoadedModel } from './loadedModel.ts';
import type { Turns } from './turns.ts';

export interface ModelsOptions {
  readonly cacheFolder: string;
  readonly threads: number;
  /** Milliseconds for which a model that nothing uses is kept. */
  readonly keptFor?: number;
}

/** Told of every stage of loading as it begins. */
export type StageListener = (stage: ExplainStage) => void | Promise<void>;

/** A model that is not given back before it is released. */
export interface ModelLease {
  readonly model: LoadedModel;
  readonly release: () => void;
}

interface Shelf {
  readonly folder: string;
  readonly model: LoadedModel;
  leases: number;
  /** Another model stands in its folder now: nobody gets it any more. */
  isOld: boolean;
  timer: NodeJS.Timeout | undefined;
}

const KEPT_FOR = 60_000;

/** The models in memory, each once however many use it. One that nothing uses for a while is given back. */
export class Models {
  private readonly shelves = new Set<Shelf>();
  private loading: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: ModelsOptions,
    private readonly turns: Turns,
  ) {}

  /**
   * The model in a folder, as its files are now.
   *
   * @throws ExplainError when the folder holds no model whose attention can be had.
   */
  lease(modelFolder: string, onStage: StageListener): Promise<ModelLease> {
    const turn = this.loading.then(() => this.leaseNow(modelFolder, onStage));
    this.loading = turn.catch(() => undefined);
    return turn;
  }

  /** Works with the model in a folder. */
  async with<T>(modelFolder: string, onStage: StageListener, work: (model: LoadedModel) => Promise<T>): Promise<T> {
    const { model, release } = await this.lease(modelFolder, onStage);
    try {
      return await work(model);
    } finally {
      release();
    }
  }

  /** Gives all models back, used or not. */
  async dispose(): Promise<void> {
    await this.loading;
    for (const shelf of this.shelves) await this.giveBack(shelf);
  }

  private async leaseNow(folder: string, onStage: StageListener): Promise<ModelLease> {
    const known = [...this.shelves].find((shelf) => shelf.folder === folder && !shelf.isOld);
    if (known) {
      const lease = this.leaseOf(known);
      if (!(await known.model.isReplaced())) return lease;
      known.isOld = true;
      lease.release();
    }
    await onStage('tapping');
    const onTapped = async (): Promise<void> => onStage('loading');
    const model = await LoadedModel.load({ ...this.options, turns: this.turns, modelFolder: folder, onTapped });
    const shelf: Shelf = { folder, model, leases: 0, isOld: false, timer: undefined };
    this.shelves.add(shelf);
    return this.leaseOf(shelf);
  }

  private leaseOf(shelf: Shelf): ModelLease {
    clearTimeout(shelf.timer);
    shelf.leases++;
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      shelf.leases--;
      if (shelf.leases > 0) return;
      const wait = shelf.isOld ? 0 : (this.options.keptFor ?? KEPT_FOR);
      shelf.timer = setTimeout(() => void this.giveBack(shelf), wait).unref();
    };
    return { model: shelf.model, release };
  }

  private async giveBack(shelf: Shelf): Promise<void> {
    clearTimeout(shelf.timer);
    if (this.shelves.delete(shelf)) await shelf.model.dispose();
  }
}
