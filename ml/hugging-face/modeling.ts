import type { EncoderConfig } from '../encoder/config.ts';

/** The file of Python in an exported folder, and the class in it. */
export const MODELING_FILE = 'modeling_epochlog.py';
export const classOf = (kind: EncoderConfig['kind']): string =>
  `${CLASSES[kind].prefix}MeanForSequenceClassification`;

const CLASSES = {
  bert: {
    prefix: 'Bert',
    attribute: 'bert',
    base: 'BertModel(config, add_pooling_layer=False)',
    model: 'BertModel',
  },
  distilbert: {
    prefix: 'DistilBert',
    attribute: 'distilbert',
    base: 'DistilBertModel(config)',
    model: 'DistilBertModel',
  },
} as const;

/**
 * A classifier for the library transformers. Its own classifiers of sequences read the first token, through a layer more;
 * the encoders of epochlog read the mean over the tokens, so none of those classes can hold one.
 */
export function modelingFile(kind: EncoderConfig['kind']): string {
  const { prefix, attribute, base, model } = CLASSES[kind];
  return `"""Scores of labels from the mean over the tokens of a text: AutoModelForSequenceClassification with trust_remote_code=True."""

import torch
from torch import nn
from transformers import ${model}, ${prefix}PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


class ${classOf(kind)}(${prefix}PreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.${attribute} = ${base}
        self.dropout = nn.Dropout(config.mean_dropout)
        self.classifier = nn.Linear(config.${kind === 'bert' ? 'hidden_size' : 'dim'}, config.num_labels)
        self.post_init()

    def forward(self, input_ids=None, attention_mask=None, labels=None, **_):
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        states = self.${attribute}(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
        if self.config.mean_scaled:
            mean = nn.functional.normalize(mean, dim=-1, eps=1e-12)
        logits = self.classifier(self.dropout(mean))
        loss = None if labels is None else nn.functional.cross_entropy(logits, labels.view(-1))
        return SequenceClassifierOutput(loss=loss, logits=logits)
`;
}
