// Loads an exported model in transformers.js and compares its last logits with PyTorch's, as check.py wrote them.
// node check.mjs MODEL_FOLDER EXPECTED_JSON
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AutoModelForCausalLM, AutoTokenizer, Tensor, env } from '@huggingface/transformers';

const TOLERANCE = 1e-3;
const [folder, expectedFile] = process.argv.slice(2);
env.localModelPath = path.dirname(path.resolve(folder));
env.allowRemoteModels = false;
const name = path.basename(folder);
const tokenizer = await AutoTokenizer.from_pretrained(name);
const model = await AutoModelForCausalLM.from_pretrained(name, { dtype: 'fp32' });
const { cases } = JSON.parse(await readFile(expectedFile, 'utf8'));

let largest = 0;
for (const { ids, last, text } of cases) {
  const encoded = tokenizer.encode(text);
  if (encoded.join() !== ids.join()) throw new Error(`transformers.js reads other tokens from ${JSON.stringify(text)}`);
  const n = ids.length;
  const { logits } = await model({
    input_ids: new Tensor('int64', ids.map(BigInt), [1, n]),
    attention_mask: new Tensor(
      'int64',
      ids.map(() => 1n),
      [1, n],
    ),
  });
  const found = logits.data.subarray((n - 1) * last.length, n * last.length);
  last.forEach((value, i) => (largest = Math.max(largest, Math.abs(value - found[i]))));
}
process.stdout.write(`largest logit difference to PyTorch: ${largest}\n`);
process.exitCode = largest <= TOLERANCE ? 0 : 1;
