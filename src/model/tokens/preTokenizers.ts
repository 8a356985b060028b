import type { AlignedText } from './alignedText.ts';
import { toByteAlphabet } from './byteLevel.ts';
import { type LibraryPreTokenizer, type PreTokenizerConfig, unplaceable } from './library.ts';

export type PreTokenize = (text: AlignedText, sectionIndex: number) => AlignedText[];

/**
 * Follows a pre-tokenizer of the library: gives the same words, aligned with the source.
 *
 * @throws ExplainError `modelFile` for a kind that is not known, or when the words would differ from the library's.
 */
export function compilePreTokenizer(config: PreTokenizerConfig, library: LibraryPreTokenizer): PreTokenize {
  const preTokenize = compile(config, library);
  return (text, sectionIndex) => {
    const words = preTokenize(text, sectionIndex);
    const expected = library.pre_tokenize(text.text, { section_index: sectionIndex });
    if (words.length === expected.length && words.every((word, index) => word.text === expected[index])) return words;
    throw unplaceable(`its pre-tokenizer «${config.type}» splits this text in an unexpected way.`);
  };
}

function compile(config: PreTokenizerConfig, library: LibraryPreTokenizer): PreTokenize {
  switch (config.type) {
    case 'Sequence':
      return inSequence(config, library);
    case 'ByteLevel':
      return byteLevel(library);
    case 'Metaspace':
      return metaspace(library);
    case 'Split':
      return split(config, library);
    case 'BertPreTokenizer':
    case 'Punctuation':
    case 'Digits':
      return matching(patternOf(config, library));
    case 'Whitespace':
      return matching(/\w+|[^\w\s]+/g);
    case 'WhitespaceSplit':
      return matching(/\S+/g);
    case 'Replace':
      return (text) => [text.replaceAll(patternOf(config, library), config.content ?? '')];
    case 'FixedLength':
      return fixedLength(config.length ?? 0);
    default:
      throw unplaceable(`its pre-tokenizer «${config.type}» is not known.`);
  }
}

function inSequence(config: PreTokenizerConfig, library: LibraryPreTokenizer): PreTokenize {
  const parts = (config.pretokenizers ?? []).flatMap((part, index) => {
    const libraryPart = library.tokenizers?.[index];
    return part && libraryPart ? [compile(part, libraryPart)] : [];
  });
  return (text, sectionIndex) =>
    parts.reduce((words, part) => words.flatMap((word) => part(word, sectionIndex)), [text]);
}

function patternOf(config: PreTokenizerConfig, library: LibraryPreTokenizer): RegExp {
  if (library.pattern) return library.pattern;
  throw unplaceable(`its pre-tokenizer «${config.type}» has no pattern.`);
}

function matching(pattern: RegExp): PreTokenize {
  return (text) => {
    const words = text.matches(pattern).filter(({ start, end }) => start < end);
    return words.map(({ start, end }) => text.slice(start, end));
  };
}

function byteLevel(library: LibraryPreTokenizer): PreTokenize {
  const words = library.use_regex && library.pattern ? matching(library.pattern) : (text: AlignedText) => [text];
  return (text, sectionIndex) => {
    const lacksSpace = library.add_prefix_space && !text.text.startsWith(' ');
    return words(lacksSpace ? prepend(text, ' ') : text, sectionIndex).map(toByteAlphabet);
  };
}

function metaspace({ str_rep = '▁', replacement = '▁', prepend_scheme }: LibraryPreTokenizer): PreTokenize {
  return (text, sectionIndex) => {
    const replaced = text.replaceAll(/ /g, str_rep);
    const prepends = prepend_scheme === 'always' || (prepend_scheme === 'first' && sectionIndex === 0);
    return [prepends && !replaced.text.startsWith(replacement) ? prepend(replaced, str_rep) : replaced];
  };
}

function prepend(text: AlignedText, prefix: string): AlignedText {
  return text.rewrite([{ start: 0, end: 0, text: prefix }]);
}

function split(config: PreTokenizerConfig, library: LibraryPreTokenizer): PreTokenize {
  const pattern = patternOf(config, library);
  if (config.invert) return matching(pattern);
  const keepsMatches = config.behavior?.toLowerCase() !== 'removed' || hasGroup(pattern);
  return (text) => {
    const words: AlignedText[] = [];
    let position = 0;
    for (const { start, end } of text.matches(pattern)) {
      if (position < start) words.push(text.slice(position, start));
      if (keepsMatches && start < end) words.push(text.slice(start, end));
      position = end;
    }
    if (position < text.text.length) words.push(text.slice(position, text.text.length));
    return words;
  };
}

/** The library removes by `String.split`, which keeps what a group catches, and puts a plain string into a group. */
function hasGroup(pattern: RegExp): boolean {
  return new RegExp(`${pattern.source}|`, pattern.flags).exec('')?.length !== 1;
}

function fixedLength(length: number): PreTokenize {
  if (!(length > 0)) throw unplaceable('its pre-tokenizer «FixedLength» has no length.');
  return (text) => {
    const words: AlignedText[] = [];
    for (let start = 0; start < text.text.length; start += length) {
      words.push(text.slice(start, Math.min(start + length, text.text.length)));
    }
    return words;
  };
}

/** Whether the words come out in the alphabet of byte-level BPE. */
export function usesByteAlphabet(config: PreTokenizerConfig | null): boolean {
  return config?.type === 'ByteLevel' || (config?.pretokenizers ?? []).some(usesByteAlphabet);
}
