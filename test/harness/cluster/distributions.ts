import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EpochlogError, messageOf, systemCodeOf } from '../../../kernel/errors.ts';
import { cached } from '../cached.ts';

export const CACHE = join(import.meta.dirname, '../../../.cache/cluster');
const KAFKA = '4.3.1';
const ZOOKEEPER = '3.9.4';
/** Kafka logs through slf4j 1.7 */
const LOG4J = '2.26.1';
/** the last Apicurio Registry that runs on Java 17 */
export const REGISTRY = '3.0.9';
/** this version does not need the registry's parent POM, which some mirrors lack */
const MAVEN_DEPENDENCY = 'org.apache.maven.plugins:maven-dependency-plugin:2.10';
const JAVA = 17;
const MAX_OUTPUT_LINES = 15;

const run = promisify(execFile);

export interface Distributions {
  /** class path of Kafka */
  kafkaClasspath: string;
  /** for `java -jar` */
  registryJar: string;
}

/**
 * Fetches Kafka and a Confluent-compatible schema registry (Apicurio) from Maven Central into `.cache/cluster` once.
 * CONFIG_INVALID, with what to install, when Java or Maven is missing.
 */
export async function fetchDistributions(): Promise<Distributions> {
  await assertJava();
  const kafka = await cached(join(CACHE, `kafka-${KAFKA}`), copyKafka);
  const registry = await cached(join(CACHE, `registry-${REGISTRY}`), unpackRegistry);
  return {
    kafkaClasspath: join(kafka, '*'),
    registryJar: join(registry, `apicurio-registry-app-${REGISTRY}-runner.jar`),
  };
}

/** Fetches ZooKeeper in the same way; returns its class path. */
export async function fetchZooKeeper(): Promise<string> {
  await assertJava();
  return join(await cached(join(CACHE, `zookeeper-${ZOOKEEPER}`), copyZooKeeper), '*');
}

const copyKafka = (folder: string): Promise<void> =>
  copyJars(folder, [
    `org.apache.kafka:kafka_2.13:${KAFKA}`,
    `org.apache.logging.log4j:log4j-slf4j-impl:${LOG4J}`,
  ]);

/** The server also needs two optional dependencies. */
const copyZooKeeper = (folder: string): Promise<void> =>
  copyJars(folder, [
    `org.apache.zookeeper:zookeeper:${ZOOKEEPER}`,
    'io.dropwizard.metrics:metrics-core:4.1.12.1',
    'org.xerial.snappy:snappy-java:1.1.10.5',
  ]);

/** Artifacts, `group:name:version`, with their dependencies. */
async function copyJars(folder: string, artifacts: readonly string[]): Promise<void> {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  const pom = join(folder, 'pom.xml');
  await writeFile(
    pom,
    `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>epochlog</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>${dependencies.join('\n')}</dependencies>
</project>
`,
  );
  const goal = `${MAVEN_DEPENDENCY}:copy-dependencies`;
  await maven('-f', pom, goal, '-DincludeScope=runtime', `-DoutputDirectory=${folder}`);
}

const unpackRegistry = (folder: string): Promise<void> =>
  maven(
    `${MAVEN_DEPENDENCY}:unpack`,
    `-Dartifact=io.apicurio:apicurio-registry-app:${REGISTRY}:tar.gz:all`,
    `-DoutputDirectory=${folder}`,
  );

async function maven(...args: readonly string[]): Promise<void> {
  try {
    await run('mvn', ['--quiet', '--batch-mode', ...args]);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') {
      throw missing('Maven (`mvn`) fetches Kafka and the schema registry', 'maven', error);
    }
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : messageOf(error);
    const end = output.trim().split('\n').slice(-MAX_OUTPUT_LINES).join('\n');
    throw new EpochlogError('CONFIG_INVALID', `Maven cannot fetch from Maven Central:\n${end}`, {
      cause: error,
    });
  }
}

async function assertJava(): Promise<void> {
  const needed = `Java ${JAVA} or later runs Kafka and the schema registry`;
  const { stderr } = await run('java', ['-version']).catch((error: unknown) => {
    throw missing(needed, 'openjdk-17-jre-headless', error);
  });
  const version = /version "(\d+)/.exec(stderr)?.[1];
  if (Number(version) >= JAVA) return;
  throw missing(`${needed}, this is ${version}`, 'openjdk-17-jre-headless', undefined);
}

const missing = (why: string, debianPackage: string, cause: unknown): EpochlogError =>
  new EpochlogError(
    'CONFIG_INVALID',
    `${why}: install it, for instance \`apt-get install ${debianPackage}\``,
    {
      cause,
    },
  );
