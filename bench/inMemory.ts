import { LoadedModel } from '../src/model/runtime/loadedModel.ts';
import { Turns } from '../src/model/runtime/turns.ts';

/** Loads a model that belongs to nothing else. */
export function modelInMemory(modelFolder: string, cacheFolder: string, threads: number): Promise<LoadedModel> {
  const onTapped = (): Promise<void> => Promise.resolve();
  return LoadedModel.load({ modelFolder, cacheFolder, threads, turns: new Turns(), onTapped });
}
