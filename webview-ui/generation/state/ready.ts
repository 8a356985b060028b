import type { GenerationSnapshot } from '../../../src/protocol/generationViewWire.ts';

/** The snapshot of a generation that can be stepped through. */
export type Ready = Extract<GenerationSnapshot, { kind: 'ready' }>;
