import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const VENV = join(import.meta.dirname, '../../.cache/bench-venv');
const SCIKIT_LEARN = 'scikit-learn==1.7.2';

/** A python3 that imports sklearn: the machine's, else one in a virtual environment under .cache/, made here. */
export function pythonWithSklearn(): string {
  const inVenv = join(VENV, 'bin/python');
  for (const python of ['python3', ...(existsSync(inVenv) ? [inVenv] : [])]) {
    try {
      execFileSync(python, ['-c', 'import sklearn'], { stdio: 'ignore' });
      return python;
    } catch {
      // not this one
    }
  }
  execFileSync('python3', ['-m', 'venv', VENV], { stdio: ['ignore', 2, 2] });
  execFileSync(inVenv, ['-m', 'pip', 'install', '--quiet', SCIKIT_LEARN], { stdio: ['ignore', 2, 2] });
  return inVenv;
}

const ENGINES_VENV = join(import.meta.dirname, '../../.cache/bench-engines-venv');
const LIGHTGBM = 'lightgbm==4.6.0';
const FASTTEXT = 'fasttext-wheel==0.9.2';

/**
 * A python3 with scikit-learn and LightGBM in a virtual environment under .cache/, made here if it is not there; and
 * whether fastText is there too, which has no wheel for every Python.
 */
export function pythonForEngines(): { python: string; hasFasttext: boolean } {
  const python = join(ENGINES_VENV, 'bin/python');
  const install = (...names: string[]) =>
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...names], { stdio: ['ignore', 2, 2] });
  const has = (module: string) => {
    try {
      execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', ENGINES_VENV], { stdio: ['ignore', 2, 2] });
  if (!has('sklearn, lightgbm')) install(SCIKIT_LEARN, LIGHTGBM);
  if (!has('fasttext')) {
    try {
      install(FASTTEXT);
    } catch {
      // said by pip; the table is without it
    }
  }
  return { python, hasFasttext: has('fasttext') };
}

const MLFLOW_VENV = join(import.meta.dirname, '../../.cache/bench-mlflow-venv');
const MLFLOW = ['mlflow-skinny==3.16.0', 'pandas==2.3.3', SCIKIT_LEARN];

/** A python3 with MLflow and scikit-learn in a virtual environment under .cache/, made here if it is not there. */
export function pythonWithMlflow(): string {
  const python = join(MLFLOW_VENV, 'bin/python');
  if (existsSync(join(MLFLOW_VENV, 'bin/mlflow'))) return python;
  execFileSync('python3', ['-m', 'venv', MLFLOW_VENV], { stdio: ['ignore', 2, 2] });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...MLFLOW], { stdio: ['ignore', 2, 2] });
  return python;
}

/** Runs a script that prints JSON, and returns what it printed. */
export const jsonFrom = (command: string, parameters: readonly string[]) =>
  JSON.parse(
    execFileSync(command, parameters, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 2] }),
  );

const TORCH_VENV = join(import.meta.dirname, '../../.cache/bench-torch-venv');

/** A python3 with PyTorch in a virtual environment under .cache/, made here if it is not there: some gigabytes. */
export function pythonWithTorch(): string {
  const python = join(TORCH_VENV, 'bin/python');
  if (existsSync(python)) return python;
  execFileSync('python3', ['-m', 'venv', TORCH_VENV], { stdio: ['ignore', 2, 2] });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', 'torch==2.13.0', 'numpy==2.4.6'], {
    stdio: ['ignore', 2, 2],
  });
  return python;
}

const TRANSFORMERS_VENV = join(import.meta.dirname, '../../.cache/bench-transformers-venv');
const TRANSFORMERS = ['torch==2.13.0', 'transformers==5.24.0', SCIKIT_LEARN];

/** A python3 with PyTorch, Transformers and scikit-learn in a virtual environment under .cache/, likewise. */
export function pythonWithTransformers(): string {
  const python = join(TRANSFORMERS_VENV, 'bin/python');
  try {
    execFileSync(python, ['-c', 'import torch, transformers, sklearn'], { stdio: 'ignore' });
    return python;
  } catch {
    // it is not there yet
  }
  execFileSync('python3', ['-m', 'venv', TRANSFORMERS_VENV], { stdio: ['ignore', 2, 2] });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...TRANSFORMERS], { stdio: ['ignore', 2, 2] });
  return python;
}

const EVIDENTLY_VENV = join(import.meta.dirname, '../../.cache/bench-evidently-venv');
const EVIDENTLY = ['evidently==0.7.23', 'pandas==2.3.3', 'pyarrow==26.0.1'];

/** A python3 with Evidently in a virtual environment under .cache/, made here if it is not there. */
export function pythonWithEvidently(): string {
  const python = join(EVIDENTLY_VENV, 'bin/python');
  try {
    execFileSync(python, ['-c', 'import evidently, pandas, pyarrow'], { stdio: 'ignore' });
    return python;
  } catch {
    // it is not there yet
  }
  execFileSync('python3', ['-m', 'venv', EVIDENTLY_VENV], { stdio: ['ignore', 2, 2] });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...EVIDENTLY], { stdio: ['ignore', 2, 2] });
  return python;
}

const TRACKIO_VENV = join(import.meta.dirname, '../../.cache/bench-trackio-venv');
const TRACKIO = 'trackio==0.43.0';

/** A python3 with Trackio in a virtual environment under .cache/, made here if it is not there. */
export function pythonWithTrackio(): string {
  const python = join(TRACKIO_VENV, 'bin/python');
  try {
    execFileSync(python, ['-c', 'import trackio'], { stdio: 'ignore' });
    return python;
  } catch {
    // it is not there yet
  }
  execFileSync('python3', ['-m', 'venv', TRACKIO_VENV], { stdio: ['ignore', 2, 2] });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', TRACKIO], { stdio: ['ignore', 2, 2] });
  return python;
}
