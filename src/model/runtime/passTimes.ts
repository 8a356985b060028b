import path from 'node:path';
import * as z from 'zod/mini';
import { newestPasses, RunEstimate, type TimedPass } from '../../attention/runTime.ts';
import { readKept, writeKept } from '../folder/keptFile.ts';
import type { LoadedModel } from './loadedModel.ts';

/** In the folder of the tapped model: another model, or another state of its files, takes other times. */
const fileName = 'pass-times.json';

const positive = z.number().check(z.positive());
const timedPass = z.strictObject({ rows: positive, keys: positive, milliseconds: positive });
const fileSchema = z.record(z.string(), z.array(timedPass));

export interface PassesOfRun {
  /** Runs whose weights are all kept take other times than those of which they are computed. */
  readonly kind: 'whole' | 'computed';
  readonly threads: number;
  readonly tokens: number;
  readonly rowsPerPass: number;
}

/** Estimates the time of a run from passes of earlier ones, and keeps its own for the next. */
export class PassTimes {
  private constructor(
    private readonly file: string,
    private readonly key: string,
    private readonly earlier: readonly TimedPass[],
    readonly estimate: RunEstimate,
  ) {}

  /** Begins at once: to be called just before the first pass. */
  static async begin(model: LoadedModel, { kind, threads, tokens, rowsPerPass }: PassesOfRun): Promise<PassTimes> {
    const file = path.join(model.keptFolder, fileName);
    const key = `${kind}, ${threads} threads`;
    const earlier = (await readKept(file, fileSchema))?.[key] ?? [];
    return new PassTimes(file, key, earlier, new RunEstimate(tokens, rowsPerPass, earlier, () => performance.now()));
  }

  /** To be called after the last pass. */
  async keep(): Promise<void> {
    const others = (await readKept(this.file, fileSchema)) ?? {};
    const passes = newestPasses([...this.earlier, ...this.estimate.timed]);
    await writeKept(this.file, { ...others, [this.key]: passes });
  }
}
