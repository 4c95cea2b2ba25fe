import { type Topic, terms } from '../lexicon.ts';

export const ne: Topic = {
  label: 'cs.NE',
  neighbours: ['cs.LG', 'cs.AI', 'cs.RO', 'cs.CV', 'cs.DC'],
  core: {
    tasks: terms(
      'evolutionary optimization, neural architecture search, combinatorial optimization, symbolic regression, multi-objective optimization, neuroevolution, swarm coordination, pattern storage, constraint handling, parameter tuning, program synthesis, function approximation',
    ),
    methods: terms(
      'genetic algorithm, evolution strategy, fitness function, crossover operator, mutation operator, spiking network, particle swarm, surrogate model, population, recurrent network, learning rule, genetic programming system, neuron model, hyper-heuristic',
    ),
    objects: terms(
      'populations, individuals, neurons, genomes, synapses, spikes, offspring, solutions, fitness landscapes, swarms, weights, generations, niches, schemata',
    ),
    qualities: terms(
      'evolutionary, spiking, genetic, bio-inspired, neuromorphic, stochastic, adaptive, multi-objective, synaptic, metaheuristic, recurrent',
    ),
    measures: terms(
      'hypervolume, convergence speed, fitness, population diversity, spike count, energy consumption',
    ),
  },
  eras: [
    {
      from: -20,
      until: 64,
      tasks: terms('ant colony routing, fuzzy clustering, chaotic forecasting, cellular computation'),
      methods: terms(
        'artificial bee colony, echo state network, memetic algorithm, differential evolution, immune algorithm',
      ),
      objects: terms('chromosomes, pheromone trails, reservoirs, Pareto fronts, bit strings'),
      qualities: terms('memetic, self-organizing, chaotic'),
      measures: terms('takeover time, schema fitness'),
    },
    {
      from: 34,
      until: 120,
      tasks: terms('quality-diversity search, surrogate gradient training, hardware co-design'),
      methods: terms('neuromorphic chip, surrogate gradient, novelty archive, spiking transformer'),
      objects: terms('event streams, archives, memristors'),
      qualities: terms('event-driven, in-memory, quality-diverse'),
      measures: terms('archive coverage, synaptic operations'),
    },
    {
      from: 56,
      until: 120,
      tasks: terms('prompt evolution, model merging, algorithm discovery, open-ended search'),
      methods: terms(
        'evolving program database, merge recipe, language-guided mutation, forward-only learner, expert router',
      ),
      objects: terms('merged models, heuristics programs, prompt populations, scaling laws'),
      qualities: terms('open-ended, self-improving, gradient-free'),
      measures: terms('discovery rate, evaluation budget, compute budget'),
    },
  ],
};
