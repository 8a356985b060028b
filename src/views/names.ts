/** Type of the Attention panel, and of its serializer. */
export const PANEL_TYPE = 'explainAttention.panel';

/** Id of the view «Step Through Generation» in package.json. */
export const GENERATION_VIEW = 'explainAttention.generation';

/** Type of the view «Compare Contexts», and of its serializer. */
export const COMPARE_TYPE = 'explainAttention.compare';
