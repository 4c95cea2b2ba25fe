import { EpochlogError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { withinLimits } from '../../kernel/texts.ts';
import { type NewEvent, newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { RunningDeployment } from '../../schemas/deployments/running.ts';
import type { Answer } from './answer.ts';
import type { Prediction } from './prediction.ts';
import type { ServedModel } from './served-model.ts';
import type { Asking } from './variants.ts';

/** Predictions of shadows under way at most: when they are slower than the traffic, some of it is not copied. */
const MAX_UNDER_WAY = 256;

type Shown = Pick<ServiceContext, 'publisher' | 'clock' | 'logger'>;

/** Lets shadows predict what was answered already. No client waits for them, or is answered by them. */
export class Shadows {
  readonly #context: Shown;
  readonly #underWay = new Set<Promise<void>>();

  constructor(context: Shown) {
    this.#context = context;
  }

  /** Copies what was answered to a shadow. */
  copy(
    answers: readonly Answer[],
    asking: readonly Asking[],
    shadow: ServedModel,
    running: RunningDeployment,
  ): void {
    if (this.#underWay.size >= MAX_UNDER_WAY) return;
    const work = this.#predict(answers, asking, shadow, running).catch((error: unknown) =>
      this.#context.logger.warn({ err: error }, 'the shadow of some predictions was not recorded'),
    );
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  /** Resolves when none is under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #predict(
    answers: readonly Answer[],
    asking: readonly Asking[],
    shadow: ServedModel,
    running: RunningDeployment,
  ): Promise<void> {
    const { publisher, clock } = this.#context;
    const facts = await Promise.all(
      answers.map(async (answer, i) => {
        const started = performance.now();
        const attempt = await attemptOf(shadow, asking[i]!.fields);
        return shadowFact(answer, running, newId(clock.now()), {
          ...attempt,
          latencyMs: performance.now() - started,
        });
      }),
    );
    await publisher.publish(facts);
  }
}

interface Attempt {
  prediction?: Prediction;
  failure?: EpochlogError;
}

async function attemptOf(shadow: ServedModel, fields: unknown): Promise<Attempt> {
  try {
    const [prediction] = await shadow.predict([shadow.validate(fields)]);
    return { prediction: prediction! };
  } catch (error) {
    if (error instanceof EpochlogError) return { failure: error };
    throw error;
  }
}

function shadowFact(
  { requestId, model, version, prediction: answered, latencyMs: answeredLatencyMs }: Answer,
  { deploymentId, version: shadow, stage }: RunningDeployment,
  shadowId: string,
  { prediction, failure, latencyMs }: Attempt & { latencyMs: number },
): NewEvent {
  return newEvent('ShadowPredicted', {
    shadowId,
    requestId,
    model,
    version: shadow,
    deploymentId,
    stage,
    label: prediction?.label ?? null,
    value: prediction?.value ?? null,
    confidence: prediction?.confidence ?? null,
    latencyMs,
    answeredVersion: version,
    answeredLabel: answered.label,
    answeredValue: answered.value,
    answeredLatencyMs,
    code: failure?.code ?? null,
    reason: failure ? withinLimits(failure.message) : null,
  });
}
