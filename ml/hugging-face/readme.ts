import type { PackedEncoder } from './packed.ts';

/** What a person who has the folder alone needs to know of it. */
export function readme(packed: PackedEncoder): string {
  const { fields, maxTokens, isBlended, isScaled, precision, labels } = packed;
  const text =
    fields.length === 1 ? `the field ${fields[0]}` : `the fields ${fields.join(', ')}, a line each,`;
  const notes = [
    `A text is ${text} as the model reads it, cut off after ${maxTokens} tokens.`,
    `The scores are made of the mean of the last layer over the tokens${isScaled ? ', scaled to length 1' : ''}. No class of transformers does that, so \`modeling_epochlog.py\` does, with \`trust_remote_code=True\`; read it before you trust it. **Without it transformers takes its own class, warns that weights are newly initialised, and what that answers is noise.** \`AutoModel\` loads the encoder by itself.`,
    '`onnx/model.onnx` holds the whole classifier, and needs no code: `input_ids` and `attention_mask` to `logits`.',
    'The softmax of `logits` is the calibrated probabilities: the temperature is in the weights of the classifier.',
    ...(isBlended
      ? [
          '**The version that epochlog serves is a blend** of this encoder and a linear model of words, which no format of transformers holds. This is the encoder alone: its answers are less accurate than those of the version.',
        ]
      : []),
    ...(precision === 'int8'
      ? [
          'The version holds its weights as whole numbers of 8 bits and rounds what they are multiplied by, too. Here are the same weights as 32-bit numbers, and nothing is rounded: probabilities differ a little.',
        ]
      : []),
  ];
  return `# A classifier of texts with ${labels.length} labels

\`\`\`python
from transformers import AutoModelForSequenceClassification, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForSequenceClassification.from_pretrained(folder, trust_remote_code=True).eval()
inputs = tokenizer(texts, truncation=True, padding=True, return_tensors="pt")
probabilities = model(**inputs).logits.softmax(-1)
\`\`\`

${notes.map((note) => `- ${note}`).join('\n')}
`;
}
