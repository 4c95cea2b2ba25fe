import type { Random } from '../../ml/random.ts';
import { type GeneratedRow, generatedId, generatorOf, type Moment } from '../generated/rows.ts';
import { clamp, gaussian, integer, pick, pickWeighted, round } from '../generated/sample.ts';

const PLATFORMS = ['search', 'social', 'display', 'shorts'];
const OBJECTIVES = ['awareness', 'traffic', 'sales'];
const DAY_MS = 86_400_000;
/** of the rows a campaign has */
const ADS_IN_A_CAMPAIGN = 8;
/** clicks per impression, by platform: on `shorts` they double in the course of time */
const CLICK_RATE = [0.03, 0.012, 0.004, 0.009];
const CONVERSION_RATE = [0.06, 0.03, 0.015, 0.02];
const MISSING = 0.05;

/**
 * Generated advertisements. Over time the platform `shorts` grows from a twentieth to almost half of
 * them, and what makes a good ad there changes: video counts for more, long texts for less.
 */
export const generate = generatorOf(adAt);

function adAt({ day, progress, number }: Moment, random: Random): GeneratedRow {
  const platform = pickWeighted(
    [0.35 - 0.15 * progress, 0.35 - 0.1 * progress, 0.25 - 0.15 * progress, 0.05 + 0.4 * progress],
    random,
  );
  const objective = pick(OBJECTIVES, random);
  const hasVideo = random() < (platform === 3 ? 0.9 : 0.25);
  const characters = integer(10, platform === 0 ? 90 : 400, random);
  const duration = integer(1, 45, random);
  const impressions = Math.round(500 * (1 + random() * 20) * (1 + random() * 20));
  const quality = clamp(0.5 + 0.22 * gaussian(random), 0.02, 1);
  const clickRate = CLICK_RATE[platform]! * (platform === 3 ? 1 + progress : 1) * (0.3 + 1.4 * quality);
  const clicks = Math.min(impressions, Math.round(impressions * clickRate));
  const conversionRate =
    CONVERSION_RATE[platform]! * (objective === 'sales' ? 1.6 : 0.8) * (0.4 + 1.2 * quality);
  const conversions = Math.min(clicks, Math.round(clicks * conversionRate));
  const spend = round((impressions / 1000) * (2 + 4 * random()) * (1 + 0.5 * progress) + clicks * 0.1, 2);
  const text = clamp((characters - 120) / 280, -0.4, 1);
  const score = clamp(
    22 +
      55 * quality +
      (hasVideo ? 4 + 8 * progress : 0) -
      text * (6 + 10 * progress) +
      (duration < 4 ? -6 : 0) +
      5 * gaussian(random),
    0,
    100,
  );
  return {
    ad_id: generatedId('ad', number),
    campaign_id: `gen-campaign-${Math.floor(number / ADS_IN_A_CAMPAIGN)}`,
    end_date: day,
    platform: PLATFORMS[platform]!,
    objective,
    impressions,
    clicks,
    conversions: random() < MISSING ? null : conversions,
    spend: random() < MISSING ? null : spend,
    start_date: new Date(Date.parse(day) - duration * DAY_MS).toISOString().slice(0, 10),
    duration_days: duration,
    creative_characters: characters,
    has_video: hasVideo,
    score: round(score, 1),
  };
}
