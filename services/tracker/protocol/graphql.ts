import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  GraphQLScalarType,
  type GraphQLSchema,
  parse,
  validate,
} from 'graphql';
import { messageOf } from '../../../kernel/errors.ts';
import { lazy } from '../../../ml/lazy.ts';
import { MlflowError } from '../errors.ts';
import type { Answers, Caller } from './endpoints.ts';
import { checkQuery } from './query-limits.ts';

/** What MLflow's web pages ask by GraphQL is answered by the endpoints of REST. */
const ENDPOINTS: Readonly<Record<string, string>> = {
  mlflowGetExperiment: 'GET /2.0/mlflow/experiments/get',
  mlflowGetRun: 'GET /2.0/mlflow/runs/get',
  mlflowGetMetricHistoryBulkInterval: 'GET /2.0/mlflow/metrics/get-history-bulk-interval',
  mlflowListArtifacts: 'GET /2.0/mlflow/artifacts/list',
  mlflowSearchModelVersions: 'GET /2.0/mlflow/model-versions/search',
  mlflowSearchRuns: 'POST /2.0/mlflow/runs/search',
  mlflowSearchDatasets: 'POST /2.0/mlflow/experiments/search-datasets',
};

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const snakes = (input: object): object =>
  Object.fromEntries(Object.entries(input).map(([name, value]) => [snake(name), value]));

/** of fields that a message of REST leaves out */
const DEFAULTS: Readonly<Record<string, unknown>> = { fileSize: 0, context: '' };

interface Context {
  readonly answers: Answers;
  readonly caller: Caller;
}

type Answer = Readonly<Record<string, unknown>>;

/** A field of an answer of REST has its name in snake case. JSON's texts NaN and Infinity are no numbers of GraphQL. */
const resolveField: GraphQLFieldResolver<Answer, Context> = async (source, args, context, info) => {
  const { fieldName, parentType } = info;
  if (fieldName === 'test' || fieldName === 'testMutation') return { output: args.inputString };
  const endpoint = ENDPOINTS[fieldName];
  if (endpoint) return asked(context, endpoint, args.input ?? {});
  if (parentType.name === 'MlflowRun' && (fieldName === 'experiment' || fieldName === 'modelVersions'))
    return ofRun(source, fieldName, context);
  const value = source[snake(fieldName)];
  if (fieldName === 'value' && parentType.name.startsWith('MlflowMetric') && typeof value === 'string')
    return null;
  return value ?? DEFAULTS[fieldName] ?? value;
};

/** What is wrong with what was asked is an answer too: the pages show it. */
async function asked({ answers, caller }: Context, endpoint: string, input: object): Promise<object> {
  try {
    return await answers(endpoint, snakes(input), caller);
  } catch (error) {
    if (error instanceof MlflowError) return { api_error: { code: error.code, message: error.message } };
    throw error;
  }
}

async function ofRun(run: Answer, field: 'experiment' | 'modelVersions', { answers, caller }: Context) {
  const { run_id, experiment_id } = run.info as { run_id: string; experiment_id: string };
  if (field === 'experiment') {
    const found = await answers('GET /2.0/mlflow/experiments/get', { experiment_id }, caller);
    return (found as { experiment: object }).experiment;
  }
  const filter = `run_id='${run_id}'`;
  const found = await answers('GET /2.0/mlflow/model-versions/search', { filter }, caller);
  return (found as { model_versions: object[] }).model_versions;
}

function loadSchema(): GraphQLSchema {
  const schema = buildSchema(readFileSync(join(import.meta.dirname, 'schema.graphql'), 'utf8'));
  const long = schema.getType('LongString');
  if (long instanceof GraphQLScalarType) long.serialize = (value) => String(value);
  return schema;
}

const schema = lazy(loadSchema);

/** What is asked, after its shape was checked. */
export interface Asked {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** The answer to a query: errors are texts, as MLflow has them. */
export async function answerQuery(asked: Asked, contextValue: Context): Promise<object> {
  const document = parsedQuery(asked.query);
  if (Array.isArray(document)) return { data: null, errors: document };
  const { data = null, errors } = await execute({
    ...{ schema: schema(), document, contextValue, fieldResolver: resolveField },
    ...{ operationName: asked.operationName ?? null, variableValues: asked.variables ?? null },
  });
  return { data, errors: errors?.map(({ message }) => message) ?? null };
}

/** The query, or what is wrong with it. */
function parsedQuery(query: string): DocumentNode | string[] {
  try {
    const document = parse(query, { maxTokens: 20_000 });
    const limit = checkQuery(document);
    if (limit) return [limit];
    const errors = validate(schema(), document, undefined, { maxErrors: 5 });
    return errors.length > 0 ? errors.map(({ message }) => message) : document;
  } catch (error) {
    if (error instanceof GraphQLError) return [messageOf(error)];
    throw error;
  }
}
