import { type Topic, terms } from '../lexicon.ts';

export const dc: Topic = {
  label: 'cs.DC',
  neighbours: ['cs.DB', 'cs.LG', 'cs.CR', 'cs.SE', 'cs.NE'],
  core: {
    tasks: terms(
      'load balancing, consensus, task scheduling, fault tolerance, data replication, resource allocation, parallel computing, leader election, message passing, checkpointing, job placement, stream processing',
    ),
    methods: terms(
      'scheduler, consensus protocol, runtime system, parallel algorithm, cluster manager, replication protocol, communication library, distributed lock, middleware, cache hierarchy, work-stealing runtime, message queue, storage engine, performance model',
    ),
    objects: terms(
      'nodes, processors, threads, clusters, servers, messages, cores, replicas, workloads, failures, jobs, accelerators, partitions, links',
    ),
    qualities: terms(
      'distributed, parallel, asynchronous, fault-tolerant, decentralized, elastic, concurrent, heterogeneous, synchronous, scalable, Byzantine',
    ),
    measures: terms('throughput, speedup, tail latency, network bandwidth, makespan, energy consumption'),
  },
  eras: [
    {
      from: -20,
      until: 64,
      tasks: terms('virtual machine migration, grid computing, volunteer computing, cloud bursting'),
      methods: terms(
        'map-reduce job, software-defined overlay, gossip protocol, hypervisor, peer-to-peer overlay',
      ),
      objects: terms('virtual machines, mappers, supercomputers, peers, fog nodes'),
      qualities: terms('wait-free, self-stabilizing, multi-tenant'),
      measures: terms('migration downtime, message complexity'),
    },
    {
      from: 31,
      until: 120,
      tasks: terms('serverless execution, federated optimization, edge offloading'),
      methods: terms('serverless platform, container orchestrator, sharded ledger, parameter server'),
      objects: terms('functions, containers, edge devices'),
      qualities: terms('serverless, federated, geo-distributed'),
      measures: terms('cold-start latency, carbon footprint'),
    },
    {
      from: 56,
      until: 120,
      tasks: terms('inference serving, expert parallelism, accelerator pooling, speculative execution'),
      methods: terms(
        'prefill scheduler, cache-sharing runtime, collective library, pipeline partitioner, context compressor',
      ),
      objects: terms('token streams, pods, expert shards, model replicas, snapshots'),
      qualities: terms('disaggregated, cloud-native, bubble-free'),
      measures: terms('goodput, time to first token, cloud cost'),
    },
  ],
};
