import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { environment, identifier, version as versionText } from '../../kernel/texts.ts';
import { readModel } from '../../operations/production.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION, oneOf, REASON, withBy } from '../arguments.ts';
import { modelNamed } from '../declare.ts';
import { requestAndFollow } from '../follow.ts';
import { noVersion } from '../listing.ts';
import { columns } from '../output.ts';
import { refusal } from '../refusal.ts';
import { withSession } from '../session.ts';
import { withStore } from '../store.ts';

const MODEL_FLAG = ['--model <name>', MODEL_OPTION, checked('--model', identifier)] as const;

/** `epochlog version alias | tag | next`. */
export function addAliases(version: Command): void {
  addAlias(version);
  addTag(version);
  addNext(version);
}

function addAlias(version: Command): void {
  const alias = version
    .command('alias')
    .argument('[aliases...]', 'such as champion=v1.1.0; champion= removes it; none: shows them')
    .description('give names to versions: all that are named change at once, or none')
    .option(
      '--expect <alias=version>',
      'what an alias must stand for now, else nothing changes; may be given several times',
      (text: string, before: readonly string[]) => [...before, text],
      [],
    )
    .option(...MODEL_FLAG)
    .option(...REASON);
  action<{ model?: string; expect: readonly string[]; reason: string; by: string }>(
    withBy(alias),
    async (options, { config, output, model: defaultModel }, ...given) => {
      const { model = defaultModel, expect, reason, by: requestedBy } = options;
      if (given.length === 0) {
        const aliases = await withStore(config, async ({ events }) => {
          let last: Readonly<Record<string, string>> = {};
          for await (const { data } of events.scan(['AliasesChanged']))
            if (data.model === model) last = data.aliases;
          return last;
        });
        output.result({ model, aliases });
        const rows = Object.entries(aliases);
        output.line(rows.length === 0 ? `no version of ${model} has an alias` : columns(rows, output.width));
        return;
      }
      const expected = new Map(expect.map((text) => pairOf('--expect', text)));
      const changes = given.map((text) => {
        const [name, to] = pairOf('alias', text);
        return { alias: name, version: to === '' ? null : to, expected: expected.get(name) ?? null };
      });
      const changed = await withSession(config, async (session) => {
        await modelNamed(session.events, model);
        const request = newEvent('AliasesRequested', { model, changes, reason, requestedBy });
        const end = await requestAndFollow(session, request, { ends: ['AliasesChanged', 'AliasesRefused'] });
        if (end.type === 'AliasesRefused') throw refusal(end.data);
        return end.data;
      });
      output.result(changed);
      for (const { alias: name, version: to } of changes)
        output.line(to === null ? `${name} is removed` : `${name} stands for ${to}`);
    },
  );
}

function addTag(version: Command): void {
  const tag = version
    .command('tag')
    .argument('<version>', 'such as v1.0.0', checked('version', versionText))
    .argument('<tags...>', 'such as owner=ada; owner= removes it')
    .description('give tags to a version')
    .option(...MODEL_FLAG);
  action<{ model?: string; by: string }>(
    withBy(tag),
    async (options, { config, output, model: defaultModel }, name = '', ...given) => {
      const { model = defaultModel, by: requestedBy } = options;
      const tags = Object.fromEntries(given.map((text) => pairOf('tag', text)));
      await withStore(config, async ({ events, publisher }) => {
        const { versions } = await readModel(events, model);
        if (!versions.has(name)) throw noVersion(model, name, versions.keys());
        await publisher.publish([newEvent('VersionTagged', { model, version: name, tags, requestedBy })]);
      });
      output.result({ model, version: name, tags });
      output.line(`${name}: ${given.join(', ')}`);
    },
  );
}

function addNext(version: Command): void {
  const next = version
    .command('next')
    .argument('<change>', 'major, minor or patch', oneOf('change', ['major', 'minor', 'patch']))
    .description('say what kind of change the next version is, whatever has changed')
    .option(...MODEL_FLAG);
  action<{ model?: string; by: string }>(
    withBy(next),
    async (options, { config, output, model: defaultModel }, change = '') => {
      const { model = defaultModel, by: requestedBy } = options;
      await withStore(config, async ({ events, publisher }) => {
        await modelNamed(events, model);
        await publisher.publish([newEvent('NextVersionRequested', { model, change, requestedBy })]);
      });
      output.result({ model, change });
      output.line(`the next version of ${model} is a ${change} one`);
    },
  );
}

/** name=value */
function pairOf(argument: string, text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [checked(argument, environment)(text.slice(0, at)), text.slice(at + 1)];
  throw new EpochlogError('INPUT_INVALID', `${argument}: write name=value, not '${text}'`);
}
