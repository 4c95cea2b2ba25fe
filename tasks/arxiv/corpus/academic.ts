import { type Lexicon, terms } from './lexicon.ts';

/** What papers of every topic are about as well: words that say nothing of the topic. */
export const academic: Lexicon = {
  tasks: terms(
    'prediction, optimization, evaluation, learning, modelling, search, control, monitoring, inference, planning, simulation, analysis',
  ),
  methods: terms(
    'framework, algorithm, model, method, system, architecture, pipeline, technique, strategy, module, procedure, benchmark, approximation, protocol',
  ),
  objects: terms(
    'datasets, systems, methods, users, applications, components, models, domains, examples, instances, experiments, networks, structures, signals',
  ),
  qualities: terms(
    'efficient, novel, robust, general, simple, scalable, practical, lightweight, effective, unified, flexible, principled, large-scale, interpretable',
  ),
  measures: terms(
    'accuracy, efficiency, robustness, performance, runtime, quality, overhead, reliability, complexity',
  ),
};
