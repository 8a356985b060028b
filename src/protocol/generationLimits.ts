/** Most UTF-16 units of a prompt that the view sends, or keeps over a reload. */
export const LONGEST_PROMPT = 2 ** 18;

/** Most generated tokens that are kept over a reload. */
export const MOST_RESUMED = 4096;
