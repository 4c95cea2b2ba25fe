import { type Topic, terms } from '../lexicon.ts';

export const db: Topic = {
  label: 'cs.DB',
  neighbours: ['cs.DC', 'cs.LG', 'cs.SE', 'cs.AI', 'cs.CR'],
  core: {
    tasks: terms(
      'query optimization, data integration, transaction processing, entity resolution, schema matching, similarity search, data cleaning, view maintenance, stream processing, frequent itemset mining, index selection, cardinality estimation',
    ),
    methods: terms(
      'query planner, index structure, cost model, join algorithm, storage engine, concurrency control protocol, data model, query language, materialized view, relational algebra, sketch, buffer manager, access method, optimizer',
    ),
    objects: terms(
      'tables, queries, tuples, relations, indexes, attributes, transactions, records, graphs, schemas, joins, predicates, logs, streams',
    ),
    qualities: terms(
      'relational, transactional, declarative, indexed, columnar, temporal, incremental, consistent, analytical, schema-aware, approximate',
    ),
    measures: terms(
      'query latency, throughput, selectivity error, storage footprint, response time, data quality',
    ),
  },
  eras: [
    {
      from: -20,
      until: 64,
      tasks: terms('skyline computation, subgraph matching, provenance tracking, association rule mining'),
      methods: terms('bitmap index, triple store, wavelet synopsis, chase procedure, bloom filter'),
      objects: terms('functional dependencies, XML documents, trajectories, data cubes, sensor readings'),
      qualities: terms('probabilistic, spatio-temporal, conjunctive'),
      measures: terms('page reads, pruning power'),
    },
    {
      from: 33,
      until: 120,
      tasks: terms('learned indexing, lakehouse management, knob tuning'),
      methods: terms('learned optimizer, data lake, open table format, serverless warehouse'),
      objects: terms('data lakes, snapshots, workload traces'),
      qualities: terms('learned, cloud-native, disaggregated'),
      measures: terms('cloud cost, cold-start latency'),
    },
    {
      from: 56,
      until: 120,
      tasks: terms('vector search, natural language querying, semantic operators, retrieval augmentation'),
      methods: terms('vector index, text-to-SQL translator, embedding store, semantic join, proximity graph'),
      objects: terms('embeddings, vectors, hybrid queries, table questions, prompts'),
      qualities: terms('vectorized, filtered, agentic'),
      measures: terms('recall at latency, execution accuracy, groundedness'),
    },
  ],
};
