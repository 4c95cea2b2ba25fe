import { topicOf } from '../topics.ts';

/** The event types that a catalogue must have for the kernel itself, in the stream `deadletters`. */
export const REDRIVE_REQUESTED = 'DeadLetterRedriveRequested';
export const DISCARD_REQUESTED = 'DeadLetterDiscardRequested';
export const REQUEST_TOPIC = topicOf('deadletters');

/** The data of both. */
export interface DeadLetterRequest {
  /** `<stream>/<partition>@<offset>` of the dead letter */
  deadLetterId: string;
  /** position of the dead letter, with partition and offset */
  topic: string;
  partition: number;
  offset: number;
  /** that failed to process the record */
  service: string;
  /** of the error */
  code: string;
  /** that failed, from 1 */
  attempt: number;
  /** empty when the record names none */
  eventId: string;
  eventType: string;
  reason: string;
  requestedBy: string;
}
