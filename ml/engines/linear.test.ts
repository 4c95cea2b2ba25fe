import { expect, test } from 'vitest';
import { ENGINE_CASES } from '../../test/contract/engine-data.ts';
import { undisturbed } from '../../test/harness/toy-package.ts';
import { completeParameters, engineNamed } from '../engines.ts';
import { sha256 } from '../hash.ts';

/** SHA-256 of `model.onnx` followed by what the adapter learnt, with default parameters. */
const GOLDEN: Readonly<Record<string, string>> = {
  'classification of texts': 'c540e906cbdb19967c910bbb9b0c6cf14e8c7a5cdbd14fe3965dc54250a96aae',
  'regression of texts': 'bcb892a98e39f964f309fb3bf5f16bdcd1fc23b50b10906d75d718c3fe4172ac',
  'classification of tables': 'e1d2860430bbfab5ad0a5d9f565f1bba2d5953b5709e6e48918c9fb9f105d44c',
  'classification of tables into three': 'ebc468412ce1040f37f8e802f9c04f31ac9ffe4c647f0231cf7921718db7c513',
  'regression of tables': '0d594fdcf1d88d939df9ea4fb909414df6a86d51cbcc4e8138ab20348b679a4c',
  'multilabel of texts': 'ead6374b6c8ed4ae067d911e4ebf3ce8c219dd3f458248226b8b7685011c78e2',
  'multilabel of tables': '574e03fff7bbc5d6546b29652f2f4d831f53f285f52c81564056eeae2f39e603',
};

test.each(ENGINE_CASES)(
  '$name: with default parameters the model stays the same, byte for byte',
  async (data) => {
    const trained = await engineNamed('linear').train({
      ...data,
      parameters: completeParameters('linear', {}),
      ...undisturbed(),
    });
    const { onnx, adapter } = trained.export();
    expect(sha256(Buffer.concat([onnx, adapter.data]))).toBe(GOLDEN[data.name]);
  },
);
