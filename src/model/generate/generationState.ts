import type { Branch, GeneratedToken, GenerationEnd, GenerationState, Work } from '../../protocol/generation.ts';
import type { GeneratingModel } from './generatingModel.ts';
import type { KvCache } from '../runtime/kvCache.ts';
import type { TokenTexts } from '../tokens/tokenTexts.ts';
import { leavesOf, pathTo, type Settings, type TokenNode } from './tokenTree.ts';

export interface Parts {
  readonly model: GeneratingModel;
  readonly promptIds: readonly number[];
  readonly tip: TokenNode;
  readonly pointer: TokenNode;
  readonly cache: KvCache;
  readonly settings: Settings;
  readonly again: Work;
  readonly end: GenerationEnd | undefined;
}

/** What a view is told of a generation. */
export function generationState({
  model,
  promptIds,
  tip,
  pointer,
  cache,
  settings,
  again,
  end,
}: Parts): GenerationState {
  const line = pathTo(tip);
  const { tokens, text } = lineTokens(line, model.texts);
  const length = promptIds.length + pointer.depth;
  const first = length - pointer.figures.cached.positions;
  return {
    tokens,
    text,
    taken: pointer.depth,
    prediction: pointer.prediction.of,
    steps: line.map((node) => node.figures),
    again,
    branches: branchesOf(line, model.texts),
    sampling: settings.sampling,
    cache: {
      policy: settings.policy,
      bytes: cache.bytes,
      kept: cache.positions,
      computed: cache.positions.filter((position) => position >= first && position < length),
    },
    end,
    beyondContext: length > model.description.contextLength,
  };
}

function lineTokens(line: readonly TokenNode[], texts: TokenTexts) {
  const taken = line.flatMap(({ token }) => token ?? []);
  const { text, spans } = texts.join(taken.map(({ id }) => id));
  const tokens = taken.map(({ id, probability, chosenBy }, index): GeneratedToken => {
    const { start, end } = spans[index]!;
    return { id, text: texts.text(id), start, end, probability, chosenBy };
  });
  return { tokens, text };
}

function branchesOf(line: readonly TokenNode[], texts: TokenTexts): readonly Branch[] {
  const onLine = new Set(line);
  const leaves = line[0] ? leavesOf(line[0]) : [];
  return leaves
    .filter((leaf) => !onLine.has(leaf))
    .map((leaf) => {
      const own = pathTo(leaf).filter((node) => !onLine.has(node));
      const tokens = own.flatMap(({ token }) => (token ? [{ id: token.id, text: texts.text(token.id) }] : []));
      return { branch: leaf.number, shared: leaf.depth - own.length, tokens };
    });
}
