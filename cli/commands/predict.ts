import { basename } from 'node:path';
import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { abstract as abstractText, identifier, title as titleText } from '../../kernel/texts.ts';
import { readLines } from '../../ml/records/lines.ts';
import { parsePaper } from '../../tasks/arxiv/paper.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { percent } from '../output.ts';
import { readPapersFile } from '../papers-file.ts';
import { withSession } from '../session.ts';

interface Options {
  title?: string;
  abstract?: string;
  papers?: string;
  model?: string;
}

interface Instance {
  id?: string;
  title: string;
  abstract?: string;
}

interface Answer {
  model: string;
  version: string;
  decidedVersion: string;
  predictions: { requestId: string; id?: string; label: string; confidence: number }[];
}

const INSTANCES_A_CALL = 128;

/** `epochlog predict`: predicts the label of a title and abstract, or of every paper of a file. */
export function register(program: Command): void {
  const predict = program
    .command('predict')
    .description('predict labels by the version in production')
    .option('--title <text>', 'title of one paper', checked('--title', titleText))
    .option('--abstract <text>', 'its abstract', checked('--abstract', abstractText))
    .option('--papers <file>', 'papers, JSON lines, gzip or plain')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<Options>(predict, async (options, { config, output }) => {
    const instances = await instancesOf(options);
    const { model = config.model } = options;
    await withSession(config, async (session) => {
      for (let i = 0; i < instances.length; i += INSTANCES_A_CALL) {
        const batch = instances.slice(i, i + INSTANCES_A_CALL);
        const answer = await session.post<Answer>('/v1/predict', { model, instances: batch });
        output.result(answer);
        const by = answeredBy(answer);
        for (const { requestId, id, label, confidence } of answer.predictions) {
          output.line(`${id ?? requestId}  ${label}  ${percent(confidence)}  (${by})`);
        }
      }
    });
  });
}

const answeredBy = ({ model, version, decidedVersion }: Answer): string =>
  `${model} ${version}${version === decidedVersion ? '' : `; ${decidedVersion} is in production and cannot be served`}`;

async function instancesOf({ title, abstract, papers }: Options): Promise<Instance[]> {
  if (title !== undefined) return [{ title, ...(abstract !== undefined && { abstract }) }];
  if (papers === undefined)
    throw new EpochlogError('INPUT_INVALID', 'give --title (and --abstract), or --papers FILE');
  const instances: Instance[] = [];
  for await (const line of readLines({ name: basename(papers), bytes: await readPapersFile(papers) })) {
    const { paper, fault } = parsePaper(line);
    if (fault) throw new EpochlogError('INPUT_INVALID', `${papers}, line ${line.number}: ${fault.reason}`);
    instances.push({ id: paper.arxivId, title: paper.title, abstract: paper.abstract });
  }
  return instances;
}
