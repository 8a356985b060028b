import { MemoryUse } from './memoryUse.ts';
import { Models, type ModelsOptions } from './models.ts';
import { Turns } from './turns.ts';

/** What all features share: the models in memory, who uses them now, and what open runs and generations take. */
export class Runtime {
  readonly turns = new Turns();
  readonly memory = new MemoryUse();
  readonly models: Models;

  constructor(readonly options: ModelsOptions) {
    this.models = new Models(options, this.turns);
  }

  /** Gives the models back, once nothing works with them. */
  async dispose(): Promise<void> {
    await this.turns.idle();
    await this.models.dispose();
  }
}
