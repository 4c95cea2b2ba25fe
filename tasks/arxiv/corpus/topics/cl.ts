import { type Topic, terms } from '../lexicon.ts';

export const cl: Topic = {
  label: 'cs.CL',
  neighbours: ['cs.AI', 'cs.LG', 'cs.CV', 'cs.SE', 'cs.DB'],
  core: {
    tasks: terms(
      'machine translation, question answering, summarization, sentiment analysis, dependency parsing, named entity recognition, dialogue generation, word sense disambiguation, text classification, coreference resolution, speech recognition, morphological analysis',
    ),
    methods: terms(
      'language model, parser, encoder, tokenizer, sequence model, grammar, word embedding, attention mechanism, annotation scheme, decoder, corpus, paraphrase model, lexicon, tagger',
    ),
    objects: terms(
      'sentences, words, documents, tokens, languages, utterances, translations, phrases, annotators, discourse relations, speakers, passages, queries, questions',
    ),
    qualities: terms(
      'linguistic, multilingual, semantic, syntactic, lexical, contextual, conversational, low-resource, fluent, textual, cross-lingual',
    ),
    measures: terms(
      'translation quality, perplexity, fluency, factual consistency, exact match, human agreement',
    ),
  },
  eras: [
    {
      from: -20,
      until: 64,
      tasks: terms('slot filling, relation extraction, abstractive summarization, stance detection'),
      methods: terms(
        'masked language model, pointer network, biaffine parser, back-translation, adapter layer',
      ),
      objects: terms('subword units, treebanks, dialogue acts, noun compounds, code-switched tweets'),
      qualities: terms('bidirectional, pretrained, extractive'),
      measures: terms('BLEU, unlabeled attachment'),
    },
    {
      from: 28,
      until: 120,
      tasks: terms('instruction following, in-context learning, retrieval augmentation'),
      methods: terms('large language model, instruction tuner, prompt template, retriever'),
      objects: terms('prompts, demonstrations, hallucinations'),
      qualities: terms('instruction-tuned, few-shot, aligned'),
      measures: terms('win rate, groundedness'),
    },
    {
      from: 56,
      until: 120,
      tasks: terms('preference alignment, long-context understanding, persona simulation, cultural probing'),
      methods: terms(
        'judge model, reasoning model, diffusion language model, speculative decoder, context compressor',
      ),
      objects: terms('thinking tokens, rubrics, personas, dialects, stable models'),
      qualities: terms('sycophantic, long-context, reasoning-heavy'),
      measures: terms('judge agreement, refusal rate, context utilization'),
    },
  ],
};
