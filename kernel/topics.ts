/** Every topic, consumer group and transactional id begins with it, so that a Kafka cluster can serve others too. */
export const TOPIC_PREFIX = 'epochlog.';

const DEAD_LETTER_SUFFIX = '.dlq';

export const topicOf = (stream: string): string => `${TOPIC_PREFIX}${stream}`;

/** The stream of a topic, or of a dead-letter topic. */
export const streamOfTopic = (topic: string): string => originalTopicOf(topic).slice(TOPIC_PREFIX.length);

export const deadLetterTopicOf = (topic: string): string => `${topic}${DEAD_LETTER_SUFFIX}`;

export const isDeadLetterTopic = (topic: string): boolean => topic.endsWith(DEAD_LETTER_SUFFIX);

/** The topic whose dead letters a topic holds; any other topic as it is. */
export const originalTopicOf = (topic: string): string =>
  isDeadLetterTopic(topic) ? topic.slice(0, -DEAD_LETTER_SUFFIX.length) : topic;
