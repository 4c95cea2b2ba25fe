import { type Topic, terms } from '../lexicon.ts';

export const ai: Topic = {
  label: 'cs.AI',
  neighbours: ['cs.LG', 'cs.CL', 'cs.RO', 'cs.SE', 'cs.NE'],
  core: {
    tasks: terms(
      'automated planning, reasoning, decision making, knowledge representation, problem solving, scheduling, belief revision, constraint satisfaction, goal recognition, commonsense inference, diagnosis, multi-agent coordination',
    ),
    methods: terms(
      'planner, knowledge base, heuristic, search algorithm, logic program, solver, ontology, argumentation framework, Bayesian network, rule engine, causal model, game-theoretic model, cognitive architecture, decision procedure',
    ),
    objects: terms(
      'agents, plans, goals, actions, constraints, rules, beliefs, axioms, preferences, concepts, states, games, norms, explanations',
    ),
    qualities: terms(
      'symbolic, rational, heuristic, logical, epistemic, strategic, sound, explainable, declarative, probabilistic, cooperative',
    ),
    measures: terms(
      'plan quality, solution optimality, reasoning depth, expected utility, coverage, search effort',
    ),
  },
  eras: [
    {
      from: -20,
      until: 64,
      tasks: terms('description logic reasoning, answer set solving, epistemic planning, norm compliance'),
      methods: terms(
        'SAT encoding, tableau calculus, partial-order planner, fuzzy controller, influence diagram',
      ),
      objects: terms('fluents, stable models, coalitions, situations, defeasible rules'),
      qualities: terms('nonmonotonic, deontic, abductive'),
      measures: terms('proof length, inconsistency degree'),
    },
    {
      from: 30,
      until: 120,
      tasks: terms('tool use, neurosymbolic integration, prompt planning'),
      methods: terms('chain-of-thought prompt, world model, symbolic verifier, agent workflow'),
      objects: terms('language agents, reasoning traces, tool calls'),
      qualities: terms('agentic, neurosymbolic, deliberative'),
      measures: terms('pass rate, trace faithfulness'),
    },
    {
      from: 56,
      until: 120,
      tasks: terms('test-time deliberation, repository repair, long-horizon autonomy, agent oversight'),
      methods: terms('reward verifier, reflection loop, skill library, deep research agent, memory bank'),
      objects: terms('rollouts, tool schemas, agent teams, subgoals, dialogue turns'),
      qualities: terms('self-reflective, orchestrated, verifiable'),
      measures: terms('token budget, horizon length, task completion'),
    },
  ],
};
