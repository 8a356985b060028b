import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as z from 'zod/mini';
import { type TokenizerConfig, tokenizerFailure, type TokenizerFiles } from './tokenizerFiles.ts';

/** Ids of the special tokens that a tokenizer puts before and after every text. */
export interface TokensAround {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

interface ClassDefaults {
  readonly add_bos_token: boolean;
  readonly add_eos_token: boolean;
  readonly bos_token: string;
  readonly eos_token: string;
}

/**
 * The classes of Python's transformers (4.57) that go by tokenizer_config.json alone, with their defaults: what the
 * post-processor of tokenizer.json would put around a text does not matter to them. All others go by the post-processor.
 */
const classes: ReadonlyMap<string, ClassDefaults> = new Map(
  Object.entries({
    LlamaTokenizer: { add_bos_token: true, add_eos_token: false, bos_token: '<s>', eos_token: '</s>' },
    CodeLlamaTokenizer: { add_bos_token: true, add_eos_token: false, bos_token: '<s>', eos_token: '</s>' },
    GemmaTokenizer: { add_bos_token: true, add_eos_token: false, bos_token: '<bos>', eos_token: '<eos>' },
    CohereTokenizer: {
      add_bos_token: true,
      add_eos_token: false,
      bos_token: '<BOS_TOKEN>',
      eos_token: '<|END_OF_TURN_TOKEN|>',
    },
    GPTNeoXTokenizer: {
      add_bos_token: false,
      add_eos_token: false,
      bos_token: '<|endoftext|>',
      eos_token: '<|endoftext|>',
    },
  }),
);

const id = z.int().check(z.nonnegative());
const tokenAndId = z.tuple([z.string(), id]);
const beginAndEnd = z.looseObject({ cls: tokenAndId, sep: tokenAndId });
const template = z.looseObject({
  single: z.array(
    z.union([
      z.object({ Sequence: z.looseObject({ id: z.literal('A') }) }),
      z.object({ SpecialToken: z.looseObject({ id: z.string() }) }),
    ]),
  ),
  special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(id) })),
});
const sequence = z.looseObject({ processors: z.array(z.unknown()) });

/**
 * @param idOf the id of a token by its content.
 * @throws ExplainError `modelFile` when a file asks for a token that there is not.
 */
export function tokensAround(files: TokenizerFiles, idOf: (content: string) => number | undefined): TokensAround {
  const { folder, tokenizer, config } = files;
  const defaults = classes.get(config.tokenizer_class?.replace(/Fast$/, '') ?? '');
  if (defaults === undefined) {
    return byPostProcessor(tokenizer['post_processor'], path.join(folder, 'tokenizer.json'));
  }
  const asked = { ...defaults, ...config };
  const token = (kind: 'bos' | 'eos'): readonly number[] => {
    if (!asked[`add_${kind}_token`]) return [];
    const content = contentOf(asked[`${kind}_token`]);
    const found = content === undefined ? undefined : idOf(content);
    if (found !== undefined) return [found];
    const file = path.join(folder, 'tokenizer_config.json');
    const key = `add_${kind}_token`;
    throw tokenizerFailure(
      l10n.t('{0} asks for a token around every text (“{1}”) that the vocabulary does not have.', file, key),
    );
  };
  return { before: token('bos'), after: token('eos') };
}

function contentOf(token: TokenizerConfig['bos_token']): string | undefined {
  return typeof token === 'string' ? token : token?.content;
}

function byPostProcessor(processor: unknown, file: string): TokensAround {
  const none = { before: [], after: [] };
  if (processor === null || processor === undefined) return none;
  const checked = <T>(schema: z.ZodMiniType<T>): T => {
    const result = schema.safeParse(processor);
    if (result.success) return result.data;
    throw unknownPostProcessor(file);
  };
  switch ((processor as { readonly type?: unknown }).type) {
    case 'ByteLevel':
      return none;
    case 'BertProcessing':
    case 'RobertaProcessing': {
      const { cls, sep } = checked(beginAndEnd);
      return { before: [cls[1]], after: [sep[1]] };
    }
    case 'TemplateProcessing':
      return byTemplate(checked(template), file);
    case 'Sequence':
      return checked(sequence).processors.reduce<TokensAround>(({ before, after }, part) => {
        const more = byPostProcessor(part, file);
        return { before: [...more.before, ...before], after: [...after, ...more.after] };
      }, none);
    default:
      throw unknownPostProcessor(file);
  }
}

function byTemplate({ single, special_tokens: tokens }: z.infer<typeof template>, file: string): TokensAround {
  const ids = single.map((part) => {
    if ('Sequence' in part) return 'text';
    const { id: name } = part.SpecialToken;
    const token = Object.hasOwn(tokens, name) ? tokens[name] : undefined;
    if (token === undefined) throw unknownPostProcessor(file);
    return token.ids;
  });
  const place = ids.indexOf('text');
  if (place < 0 || place !== ids.lastIndexOf('text')) throw unknownPostProcessor(file);
  const flat = (parts: typeof ids): number[] => parts.flatMap((part) => (part === 'text' ? [] : part));
  return { before: flat(ids.slice(0, place)), after: flat(ids.slice(place + 1)) };
}

function unknownPostProcessor(file: string) {
  return tokenizerFailure(
    l10n.t('{0} has a “post_processor” that does not say which special tokens stand around a text.', file),
  );
}
