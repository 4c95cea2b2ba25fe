import { type Topic, terms } from '../lexicon.ts';

export const se: Topic = {
  label: 'cs.SE',
  neighbours: ['cs.CR', 'cs.AI', 'cs.CL', 'cs.DC', 'cs.DB'],
  core: {
    tasks: terms(
      'software testing, program repair, code review, defect prediction, requirements engineering, refactoring, static analysis, test generation, bug localization, effort estimation, continuous integration, program comprehension',
    ),
    methods: terms(
      'test suite, static analyzer, code model, build system, type checker, mutation operator, design pattern, version control system, model checker, code generator, empirical study, requirements model, linter, fuzzer',
    ),
    objects: terms(
      'developers, programs, bugs, commits, repositories, tests, requirements, APIs, pull requests, libraries, modules, teams, code changes, issues',
    ),
    qualities: terms(
      'maintainable, reusable, open-source, modular, agile, test-driven, buggy, model-driven, traceable, automated, backward-compatible',
    ),
    measures: terms(
      'code coverage, developer productivity, defect density, maintainability, mutation score, build time',
    ),
  },
  eras: [
    {
      from: -20,
      until: 64,
      tasks: terms('aspect weaving, clone detection, web service composition, model transformation'),
      methods: terms('component model, product line, state chart, bug tracker, symbolic executor'),
      objects: terms('code clones, design smells, use cases, feature models, mobile apps'),
      qualities: terms('object-oriented, component-based, service-oriented'),
      measures: terms('cyclomatic complexity, coupling'),
    },
    {
      from: 31,
      until: 120,
      tasks: terms('code completion, infrastructure automation, supply chain assurance'),
      methods: terms('code assistant, dependency graph, microservice, notebook environment'),
      objects: terms('dependencies, code snippets, notebooks'),
      qualities: terms('assistant-generated, containerized, observable'),
      measures: terms('acceptance rate, technical debt'),
    },
    {
      from: 56,
      until: 120,
      tasks: terms('repository repair, agent orchestration, issue resolution, tool use'),
      methods: terms('coding agent, agent workflow, execution sandbox, reflection loop, guardrail'),
      objects: terms('patches, agent trajectories, tool schemas, language agents, prompts'),
      qualities: terms('agentic, repository-level, orchestrated'),
      measures: terms('resolve rate, pass rate, token budget'),
    },
  ],
};
