import type { Random } from '../../ml/random.ts';
import { type GeneratedRow, generatedId, generatorOf, type Moment } from '../generated/rows.ts';
import { clamp, gaussian, integer, pickWeighted, round } from '../generated/sample.ts';

const PLANS = ['free', 'team', 'business', 'enterprise'];
const REGIONS = ['emea', 'americas', 'apac'];
const SEATS = [3, 12, 60, 300];
const SURVEYED = 0.3;
/** of the labels say another thing than the account does */
const MISLABELLED = 0.05;

/**
 * Generated accounts. Over time customers come from another region, log in less, though they are as
 * well as before, and unpaid invoices say more than tickets do.
 */
export const generate = generatorOf(accountAt);

function accountAt({ day, progress, number }: Moment, random: Random): GeneratedRow {
  const plan = pickWeighted([0.3, 0.35, 0.25, 0.1], random);
  const region = pickWeighted([0.6 - 0.3 * progress, 0.3, 0.1 + 0.3 * progress], random);
  const seats = Math.max(1, Math.round(SEATS[plan]! * (0.4 + 1.2 * random())));
  const engagement = clamp(0.6 + 0.25 * gaussian(random), 0, 1);
  const activeSeats = Math.round(seats * engagement);
  const logins = Math.round(activeSeats * (6 + 14 * random()) * (1 - 0.4 * progress));
  const tickets = Math.max(0, Math.round((1 - engagement) * 6 * random() + (plan === 3 ? 2 : 0)));
  const unpaid = random() < 0.75 ? 0 : integer(1, 3, random);
  const months = integer(0, 72, random);
  const satisfaction = clamp(engagement - 0.05 * tickets + 0.12 * gaussian(random), 0, 1);
  const risk =
    1.1 -
    engagement +
    (0.1 + 0.15 * progress) * unpaid +
    (0.08 - 0.05 * progress) * tickets -
    0.003 * months +
    0.1 * gaussian(random);
  const health = random() < MISLABELLED ? integer(0, 2, random) : risk < 0.62 ? 0 : risk < 0.95 ? 1 : 2;
  return {
    snapshot_id: generatedId('account', number),
    account_id: `gen-customer-${Math.floor(number / 3)}`,
    day,
    plan: PLANS[plan]!,
    region: REGIONS[region]!,
    seats,
    active_seats: activeSeats,
    logins_30d: logins,
    tickets_30d: tickets,
    unpaid_invoices: unpaid,
    months_as_customer: months,
    last_survey: random() < SURVEYED ? round(10 * satisfaction, 0) : null,
    health: ['healthy', 'at risk', 'critical'][health]!,
  };
}
