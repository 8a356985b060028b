import { type InferenceSession, Tensor } from 'onnxruntime-node';

/** The shortest loop that continues a text with a cache: logits, argmax, and the cache handed on. */
export class PlainLoop {
  private past: Readonly<Record<string, Tensor>>;
  private next = 0;
  private length = 0;

  private constructor(private readonly session: InferenceSession) {
    this.past = Object.fromEntries(
      session.inputMetadata.flatMap((input) => {
        if (!input.isTensor || !input.name.startsWith('past_key_values.')) return [];
        const [, keyValueHeads, , headSize] = input.shape.map(Number);
        return [[input.name, new Tensor('float32', new Float32Array(), [1, keyValueHeads!, 0, headSize!])]];
      }),
    );
  }

  static async start(session: InferenceSession, ids: readonly number[]): Promise<PlainLoop> {
    const loop = new PlainLoop(session);
    await loop.pass(ids);
    return loop;
  }

  step(): Promise<void> {
    return this.pass([this.next]);
  }

  private async pass(ids: readonly number[]): Promise<void> {
    const tensorOf = (numbers: BigInt64Array): Tensor => new Tensor('int64', numbers, [1, numbers.length]);
    const integers = (numbers: readonly number[]): Tensor => tensorOf(BigInt64Array.from(numbers, BigInt));
    const outputs = await this.session.run({
      input_ids: integers(ids),
      attention_mask: tensorOf(new BigInt64Array(this.length + ids.length).fill(1n)),
      position_ids: integers(ids.map((_, index) => this.length + index)),
      ...this.past,
    });
    this.length += ids.length;
    this.past = Object.fromEntries(
      Object.keys(this.past).map((name) => [name, outputs[name.replace('past_key_values', 'present')]!]),
    );
    const logits = outputs['logits']!;
    const last = (logits.data as Float32Array).subarray(-logits.dims[2]!);
    this.next = 0;
    for (let id = 1; id < last.length; id++) if (last[id]! > last[this.next]!) this.next = id;
  }
}
