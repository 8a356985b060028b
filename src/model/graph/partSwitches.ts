/** Which parts of a runtime graph a pass runs: one bool for the pass, or one for each layer or tensor. */
export interface PartSwitches {
  /** For each layer: whether its weights are handed out, in a pass that runs none of the other parts of a layer. */
  readonly onlyWeights: readonly boolean[];
  /** Whether any other part of a layer runs. */
  readonly others: readonly boolean[];
  /** For each layer: whether its weights are handed out beside those. */
  readonly weights: readonly boolean[];
  /** For each layer: whether tensors of it are handed out. */
  readonly steps: readonly boolean[];
  /** For each tensor of a layer, by its place in `tensorsOf` the layer's facts. */
  readonly stepTensors: readonly boolean[];
  /** For each layer: whether any of its weights are hidden. */
  readonly ablation: readonly boolean[];
  readonly longContext: readonly boolean[];
  /** Whether all that follows the last layer's weights runs. */
  readonly rest: readonly boolean[];
}

const ofLayers = ['onlyWeights', 'weights', 'steps', 'ablation'] as const;
const ofPass = ['others', 'longContext', 'rest'] as const;

/** Where each switch stands in the one input that holds all of them: bool [count]. */
export class SwitchBoard {
  readonly count: number;
  private readonly begins: ReadonlyMap<keyof PartSwitches, number>;

  /** @param tensors most tensors that the facts of a layer name */
  constructor(layers: number, tensors: number) {
    const sizes = [
      ...ofPass.map((part) => [part, 1] as const),
      ...ofLayers.map((part) => [part, layers] as const),
      ['stepTensors', tensors] as const,
    ];
    let begin = 0;
    this.begins = new Map(sizes.map(([part, size]) => [part, (begin += size) - size]));
    this.count = begin;
  }

  place(part: keyof PartSwitches, index = 0): number {
    return this.begins.get(part)! + index;
  }

  /** The input with these switches on, all others off. */
  bytes(on: Partial<PartSwitches>): Uint8Array {
    const bytes = new Uint8Array(this.count);
    for (const [part, values] of Object.entries(on)) {
      const begin = this.place(part as keyof PartSwitches);
      values.forEach((isOn, index) => (bytes[begin + index] = isOn ? 1 : 0));
    }
    return bytes;
  }
}
