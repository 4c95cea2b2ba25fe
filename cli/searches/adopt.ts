import type { Session } from '../../operations/session.ts';
import { type LoggedEvent, newEvent } from '../../schemas/catalogue.ts';
import type { AdoptionRequested } from '../../schemas/events.generated.ts';
import { requestAndFollow } from '../follow.ts';

/** Asks for the best parameters of a search to be adopted, and waits until they are measured on the test split. */
export const adoptBest = (
  session: Session,
  request: AdoptionRequested,
): Promise<LoggedEvent<'ParametersAdopted' | 'AdoptionRefused'>> =>
  requestAndFollow(session, newEvent('AdoptionRequested', request), {
    ends: ['ParametersAdopted', 'AdoptionRefused'],
  });
