import type { AlignedText, Edit } from './alignedText.ts';
import { type LibraryNormalizer, unplaceable } from './library.ts';
import { normalizeUnicode } from './unicodeForm.ts';

export type Normalize = (text: AlignedText) => AlignedText;

/**
 * Follows a normaliser of the library: gives the same text, aligned with the source.
 *
 * @throws ExplainError `modelFile` for a kind that is not known, or when the result would differ from the library's.
 */
export function compileNormalizer(library: LibraryNormalizer): Normalize {
  const normalize = compile(library);
  return (text) => {
    const normalized = normalize(text);
    if (normalized.text === library.normalize(text.text)) return normalized;
    throw unplaceable(`its normalizer «${library.config.type}» changes this text in an unexpected way.`);
  };
}

function compile(library: LibraryNormalizer): Normalize {
  const { config, pattern } = library;
  switch (config.type) {
    case 'Sequence':
      return inSequence((library.normalizers ?? []).flatMap((part) => (part ? [compile(part)] : [])));
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return unicodeForm(config.type);
    case 'Lowercase':
      return lowercase;
    case 'StripAccents':
      return removeMarks;
    case 'Prepend':
      return (text) => text.rewrite([{ start: 0, end: 0, text: config.prepend ?? '' }]);
    case 'Strip':
      return (text) => strip(text, config.strip_left ?? false, config.strip_right ?? false);
    case 'Replace':
      return (text) => (pattern ? text.replaceAll(pattern, config.content ?? '') : text);
    case 'BertNormalizer':
      return bertNormalizer(config);
    case 'Precompiled':
      return inSequence([
        (text) => text.replaceAll(/[\u0001-\u0008\u000B\u000E-\u001F\u007F\u008F\u009F]/g, ''),
        (text) => text.replaceAll(sentencePieceSpace, ' '),
        (text) => normalizeUnicode(text, normalizeExceptFullwidthTilde),
      ]);
    default:
      throw unplaceable(`its normalizer «${config.type}» is not known.`);
  }
}

/** What the library does to every text of some old models, by their tokenizer_config.json, before the normaliser. */
export function compilePreparation(options: { removeSpace: boolean; lowercaseAndRemoveAccents: boolean }): Normalize {
  const collapseSpace: Normalize = (text) => strip(text, true, true).replaceAll(/\s+/g, ' ');
  return inSequence([
    ...(options.removeSpace ? [collapseSpace] : []),
    ...(options.lowercaseAndRemoveAccents ? [lowercase, removeMarks] : []),
  ]);
}

function inSequence(parts: readonly Normalize[]): Normalize {
  return (text) => parts.reduce((normalized, part) => part(normalized), text);
}

function unicodeForm(form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): Normalize {
  return (text) => normalizeUnicode(text, (part) => part.normalize(form));
}

const sentencePieceSpace =
  /[\u0009\u000A\u000C\u000D\u00A0\u1680\u2000-\u200F\u2028\u2029\u202F\u205F\u2581\u3000\uFEFF\uFFFD]/g;

function normalizeExceptFullwidthTilde(text: string): string {
  return text
    .split('\uFF5E')
    .map((part) => part.normalize('NFKC'))
    .join('\uFF5E');
}

function bertNormalizer(config: LibraryNormalizer['config']): Normalize {
  const parts: Normalize[] = [];
  if (config.clean_text) {
    parts.push((text) => text.replaceAll(/[\0\uFFFD\p{Cf}\p{Co}\p{Cs}]|(?![\t\n\r])\p{Cc}/gu, ''));
    parts.push((text) => text.replaceAll(/\s/gu, ' '));
  }
  if (config.handle_chinese_chars) parts.push(surroundIdeographs);
  if (config.lowercase) parts.push(lowercase);
  if (config.strip_accents ?? config.lowercase) {
    parts.push(unicodeForm('NFD'), (text) => text.replaceAll(/\p{Mn}/gu, ''));
  }
  return inSequence(parts);
}

/** The library looks at UTF-16 units one by one, so ideographs beyond the basic plane get no spaces. */
function surroundIdeographs(text: AlignedText): AlignedText {
  const ideographs = text.matches(/[\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF]/g);
  return text.rewrite(
    ideographs.flatMap(({ start, end }) => [
      { start, end: start, text: ' ' },
      { start: end, end, text: ' ' },
    ]),
  );
}

function removeMarks(text: AlignedText): AlignedText {
  return text.replaceAll(/\p{M}/gu, '');
}

function strip(text: AlignedText, left: boolean, right: boolean): AlignedText {
  const end = right ? text.text.trimEnd().length : text.text.length;
  const start = left ? text.text.length - text.text.trimStart().length : 0;
  return text.slice(Math.min(start, end), end);
}

function lowercase(text: AlignedText): AlignedText {
  return text.rewrite(lowercaseEdits(text.text));
}

/** The form of a character may depend on its neighbours (a final sigma), its length does not. */
function* lowercaseEdits(text: string): Generator<Edit> {
  const lower = text.toLowerCase();
  let start = 0;
  let lowerStart = 0;
  for (const character of text) {
    const end = start + character.length;
    const lowerEnd = lowerStart + character.toLowerCase().length;
    const replacement = lower.slice(lowerStart, lowerEnd);
    if (replacement !== character) yield { start, end, text: replacement };
    start = end;
    lowerStart = lowerEnd;
  }
}
